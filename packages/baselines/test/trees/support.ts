import { createRandom } from '@q-anchor/core';
import type { LabelledFeatures } from '@q-anchor/metrics';

/** Labels that follow some columns, one of them only where another is known. */
export function madeRows(
  seed: number,
  { rows, columns = 4, missing = 0 }: { rows: number; columns?: number; missing?: number },
): LabelledFeatures {
  const random = createRandom(seed);
  const features = new Float64Array(rows * columns);
  const labels = Array.from({ length: rows }, (_, row) => {
    for (let c = 0; c < columns; c++) {
      features[row * columns + c] = random.uniform() < missing ? Number.NaN : random.normal();
    }
    const [a, b, c] = features.subarray(row * columns);
    const score =
      (Number.isNaN(a!) ? 1.5 : a!) + (Number.isNaN(b!) || Number.isNaN(c!) ? -1 : 2 * b! * c!);
    return random.uniform() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  });
  return { features, rows, columns, labels };
}

/** The rows at some places. */
export function rowsAt(
  { features, columns, labels }: LabelledFeatures,
  places: readonly number[],
): LabelledFeatures {
  return {
    features: Float64Array.from(
      places.flatMap((row) => [...Array(columns).keys()].map((c) => features[row * columns + c]!)),
    ),
    rows: places.length,
    columns,
    labels: places.map((row) => labels[row]!),
  };
}
