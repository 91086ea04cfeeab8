import { pca, pcaProjections } from '@q-anchor/metrics';

/** Points on the plane on which vectors differ most. */
export interface Plane {
  /** `[vectors, 2]`. */
  readonly points: Float64Array;
  /** Shares of the variance along both axes. */
  readonly explained: readonly number[];
}

/**
 * The principal plane of vectors. With fewer than two of them, or of their numbers, there is none: all
 * are at its origin.
 *
 * @param data - `[rows, columns]`
 */
export function planeOf(data: Float64Array, columns: number): Plane {
  const rows = columns === 0 ? 0 : data.length / columns;
  if (Math.min(rows, columns) < 2) return { points: new Float64Array(2 * rows), explained: [0, 0] };
  const axes = pca({ data, rows, columns, components: 2 });
  return {
    points: pcaProjections(axes, { features: data, rows, columns }),
    explained: [...axes.explainedVarianceRatio],
  };
}
