import { groupPoints, type GroupedPoints } from './grouped-points.js';

/**
 * Mean silhouette by Euclidean distance: how much nearer points are to their own group than to the next.
 *
 * `s_i = (b_i - a_i) / max(a_i, b_i)`, `a_i` the mean distance to the rest of `i`'s group, `b_i` the
 * smallest mean distance to another group; 0 for a group of one. In `[-1, 1]`; `O(rows^2 columns)`
 * (Rousseeuw 1987).
 *
 * @throws {@link InputError} for fewer than 2 groups, as many groups as points or a value that is not finite
 * @throws {@link ShapeError} if `data` or `labels` does not have `rows` rows
 */
export function silhouette(options: GroupedPoints): number {
  const { points, groupOf, sizes } = groupPoints(options);
  const { rows, columns } = options;
  const groups = sizes.length;
  const distanceTo = new Float64Array(groups);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    distanceTo.fill(0);
    for (let j = 0; j < rows; j++) {
      let squared = 0;
      for (let c = 0; c < columns; c++) {
        const difference = points[i * columns + c]! - points[j * columns + c]!;
        squared += difference * difference;
      }
      const group = groupOf[j]!;
      distanceTo[group] = distanceTo[group]! + Math.sqrt(squared);
    }
    sum += silhouetteOf({ distanceTo, sizes, own: groupOf[i]! });
  }
  return sum / rows;
}

function silhouetteOf(point: {
  readonly distanceTo: Float64Array;
  readonly sizes: readonly number[];
  readonly own: number;
}): number {
  const { distanceTo, sizes, own } = point;
  if (sizes[own] === 1) return 0;
  const within = distanceTo[own]! / (sizes[own]! - 1);
  let nearest = Infinity;
  for (let g = 0; g < sizes.length; g++) {
    if (g !== own) nearest = Math.min(nearest, distanceTo[g]! / sizes[g]!);
  }
  const larger = Math.max(within, nearest);
  return larger === 0 ? 0 : (nearest - within) / larger; // all in one place: neither near nor far
}
