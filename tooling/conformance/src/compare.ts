import type { Row } from './result.js';

/** A tensor of ours beside the golden's. */
export interface Pair {
  /** Which one it is, for the remark. */
  readonly label: string;
  /** Our elements. */
  readonly actual: ArrayLike<number>;
  /** The golden's. */
  readonly expected: ArrayLike<number>;
}

/** Euclidean length, without overflow or underflow on the way. */
export function lengthOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!(size <= largest)) largest = size; // also where the value is NaN
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! / largest) ** 2;
  return largest * Math.sqrt(squares);
}

/**
 * Relative error of a tensor: `|actual - expected| / |expected|`, Euclidean lengths; against a golden
 * of zeros, the length of ours.
 *
 * @returns `Infinity` if the sizes differ or a number is not finite
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  const difference = lengthOf(
    Float64Array.from({ length: expected.length }, (_, i) => actual[i]! - expected[i]!),
  );
  const size = lengthOf(expected);
  const error = size === 0 ? difference : difference / size;
  return Number.isFinite(error) ? error : Infinity;
}

/**
 * Compares tensors: the row has the largest error among them.
 *
 * @param name - the row's
 * @param options - tensors, tolerance, and what to remark beside the worst tensor's label
 */
export function comparisonRow(
  name: string,
  options: {
    readonly pairs: readonly Pair[];
    readonly tolerance: number;
    readonly remark?: string;
  },
): Row {
  const { pairs, tolerance, remark } = options;
  if (pairs.length === 0) {
    return { name, verdict: 'failed', remark: 'the golden has nothing to compare' };
  }
  const errors = pairs.map(({ actual, expected }) => relativeError(actual, expected));
  const error = Math.max(...errors);
  const worst = pairs[errors.indexOf(error)]!;
  const isSized = worst.actual.length === worst.expected.length;
  const remarks = [
    pairs.length === 1 ? undefined : `worst of ${pairs.length}: ${worst.label}`,
    isSized ? undefined : `${worst.actual.length} numbers, the golden has ${worst.expected.length}`,
    remark,
  ].filter((part) => part !== undefined);
  return {
    name,
    error,
    tolerance,
    verdict: error <= tolerance ? 'pass' : 'miss',
    ...(remarks.length > 0 && { remark: remarks.join('; ') }),
  };
}
