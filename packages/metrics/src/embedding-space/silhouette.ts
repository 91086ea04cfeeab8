import { InputError, ShapeError } from '@q-anchor/core';

import { requireMatrix } from '../input/feature-matrix.js';
import { requireFiniteScores } from '../input/scored-labels.js';

/** Points and the group each belongs to. */
export interface SilhouetteOptions {
  /** `[rows, columns]`, row after row. */
  readonly data: ArrayLike<number>;
  /** Points. */
  readonly rows: number;
  /** Coordinates of a point. */
  readonly columns: number;
  /** `[rows]`, any number per group; at least 2 groups and fewer than points. */
  readonly labels: ArrayLike<number>;
}

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
export function silhouette({ data, rows, columns, labels }: SilhouetteOptions): number {
  requireMatrix({ features: data, rows, columns }, { where: 'data' });
  if (labels.length !== rows) throw new ShapeError('labels', [rows], [labels.length]);
  requireFiniteScores(labels, { where: 'labels', users: rows });
  const groupByLabel = new Map<number, number>();
  const sizes: number[] = [];
  const groupOf = Uint32Array.from({ length: rows }, (_, row) => {
    const label = labels[row]!;
    const group = groupByLabel.get(label) ?? groupByLabel.size;
    groupByLabel.set(label, group);
    sizes[group] = (sizes[group] ?? 0) + 1;
    return group;
  });
  const groups = sizes.length;
  if (groups < 2 || groups >= rows) {
    throw new InputError({
      where: 'labels',
      expected: `from 2 to ${rows - 1} groups among ${rows} points`,
      found: `${groups}`,
    });
  }

  const points = Float64Array.from(data);
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
