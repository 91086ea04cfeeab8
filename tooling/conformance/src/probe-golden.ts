import { sigmoid } from '@q-anchor/metrics';

/** Features and classes. */
export interface ProbeData {
  /** `[rows, columns]`. */
  readonly features: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** `[rows]`. */
  readonly labels: readonly number[];
}

/** A fitted probe as the golden has it. */
export interface ProbeGolden {
  readonly C: number;
  readonly coefficients: readonly number[];
  readonly intercept: number;
  readonly testAuc: number;
}

/** Columns less their mean, over their population standard deviation, over all rows. */
export function standardised({ features, rows, columns }: ProbeData): number[] {
  const moments = Array.from({ length: columns }, (_, c) => {
    const column = features.filter((_value, i) => i % columns === c);
    const mean = column.reduce((a, b) => a + b, 0) / rows;
    const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / rows;
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
  return features.map((value, i) => {
    const { mean, deviation } = moments[i % columns]!;
    return (value - mean) / deviation;
  });
}

/**
 * How many rows, from the first, the golden's probes were fitted on. The file does not say it in
 * numbers, but its weights do: it is where the gradients of the probes' objectives vanish,
 * `C sum_{i < n} (p_i - y_i) (x_i, 1) + (w, 0)`.
 */
export function fittedRows(data: ProbeData, probes: readonly ProbeGolden[]): number {
  const { features, rows, columns, labels } = data;
  const sizes = new Float64Array(rows + 1);
  for (const { C, coefficients, intercept } of probes) {
    const gradient = Float64Array.from([...coefficients, 0]);
    for (let i = 0; i < rows; i++) {
      const at = i * columns;
      let score = intercept;
      for (let c = 0; c < columns; c++) score += coefficients[c]! * features[at + c]!;
      const residual = C * (sigmoid(score) - labels[i]!);
      for (let c = 0; c <= columns; c++) {
        gradient[c] = gradient[c]! + residual * (c < columns ? features[at + c]! : 1);
      }
      sizes[i + 1] = sizes[i + 1]! + Math.hypot(...gradient) / (C * (i + 1));
    }
  }
  const candidates = sizes.subarray(1, rows);
  return candidates.indexOf(Math.min(...candidates)) + 1;
}
