import { InputError } from '@q-anchor/core';

/**
 * The middle value; of an even number, the mean of the middle two.
 *
 * @throws {@link InputError} if there is none, or one is not finite
 */
export function median(values: readonly number[]): number {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new InputError({
      where: 'median',
      expected: 'at least one value, all finite',
      found: `[${values.join(', ')}]`,
    });
  }
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
