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
  const columnMeans = (values: readonly number[]): Float64Array => {
    const sums = new Float64Array(columns);
    for (const [i, value] of values.entries()) sums[i % columns] = sums[i % columns]! + value;
    return sums.map((sum) => sum / rows);
  };
  const means = columnMeans(features);
  const centred = features.map((value, i) => value - means[i % columns]!);
  const variances = columnMeans(centred.map((value) => value ** 2));
  return centred.map((value, i) => value / (Math.sqrt(variances[i % columns]!) || 1));
}

/**
 * How many rows, from the first, the golden's probes were fitted on. The file does not say it in
 * numbers, but its weights do: it is where the gradients of the probes' objectives vanish,
 * `C sum_{i < n} (p_i - y_i) (x_i, 1) + (w, 0)`.
 */
export function fittedRows(data: ProbeData, probes: readonly ProbeGolden[]): number {
  const { features, rows, columns, labels } = data;
  const sizes = new Float64Array(rows);
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
      sizes[i] = sizes[i]! + Math.hypot(...gradient) / (C * (i + 1));
    }
  }
  const candidates = sizes.subarray(0, rows - 1); // some rows are left for the test
  return candidates.indexOf(candidates.reduce((a, b) => Math.min(a, b), Infinity)) + 1;
}
