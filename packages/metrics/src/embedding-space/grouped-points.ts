import { InputError, ShapeError } from '@q-anchor/core';

import { requireMatrix } from '../input/feature-matrix.js';
import { requireFiniteScores } from '../input/scored-labels.js';

/** Points and the group each belongs to. */
export interface GroupedPoints {
  /** `[rows, columns]`, row after row. */
  readonly data: ArrayLike<number>;
  /** Points. */
  readonly rows: number;
  /** Coordinates of a point. */
  readonly columns: number;
  /** `[rows]`, any number per group; at least 2 groups and fewer than points. */
  readonly labels: ArrayLike<number>;
}

/** Validates points and numbers their groups from 0, in order of appearance. */
export function groupPoints({ data, rows, columns, labels }: GroupedPoints): {
  readonly points: Float64Array;
  readonly groupOf: Uint32Array;
  readonly sizes: readonly number[];
} {
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
  if (sizes.length < 2 || sizes.length >= rows) {
    throw new InputError({
      where: 'labels',
      expected: `from 2 to ${rows - 1} groups among ${rows} points`,
      found: `${sizes.length}`,
    });
  }
  return { points: Float64Array.from(data), groupOf, sizes };
}
