import { InputError } from '@q-anchor/core';

import { requireFiniteScores } from '../input/scored-labels.js';

/** Size, mean and variance of a sample: all that a comparison of means needs. */
export interface SampleMoments {
  /** Users. */
  readonly users: number;
  /** Mean of their values. */
  readonly mean: number;
  /** Sample variance, by `users - 1`; 0 for one user. */
  readonly variance: number;
}

/**
 * Size, mean and variance of values, in two passes.
 *
 * @throws {@link InputError} for no values or one that is not finite
 */
export function sampleMoments(values: ArrayLike<number>): SampleMoments {
  const users = values.length;
  if (users === 0) {
    throw new InputError({ where: 'values', expected: 'at least one value', found: 'none' });
  }
  requireFiniteScores(values, { where: 'values', users });
  let sum = 0;
  for (let i = 0; i < users; i++) sum += values[i]!;
  const mean = sum / users;
  let squares = 0;
  let drift = 0; // what rounding left in the mean
  for (let i = 0; i < users; i++) {
    const deviation = values[i]! - mean;
    drift += deviation;
    squares += deviation * deviation;
  }
  const variance = users === 1 ? 0 : (squares - (drift * drift) / users) / (users - 1);
  return { users, mean: mean + drift / users, variance: Math.max(0, variance) };
}

/**
 * Moments of two samples together, from theirs (Chan, Golub and LeVeque 1983): days, shards, streams.
 */
export function mergedMoments(a: SampleMoments, b: SampleMoments): SampleMoments {
  const users = a.users + b.users;
  const gap = b.mean - a.mean;
  const squares =
    a.variance * (a.users - 1) +
    b.variance * (b.users - 1) +
    (gap * gap * a.users * b.users) / users;
  return { users, mean: a.mean + (gap * b.users) / users, variance: squares / (users - 1) };
}
