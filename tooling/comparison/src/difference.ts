import { tolerance, type Row } from './result.js';

/** How far numbers are from a reference. */
export interface Difference {
  /** `|ours - theirs| / |theirs|`, Euclidean lengths. */
  readonly relative: number;
  /** Largest `|ours - theirs|` of an element. */
  readonly absolute: number;
}

/**
 * The difference of two lists of numbers.
 *
 * @returns infinity for both if the sizes differ, there is nothing, or a number is not finite
 */
export function differenceOf(ours: ArrayLike<number>, theirs: ArrayLike<number>): Difference {
  let [squares, size, absolute] = [0, 0, 0];
  for (let i = 0; i < theirs.length; i++) {
    const difference = Math.abs(ours[i]! - theirs[i]!);
    squares += difference ** 2;
    size += theirs[i]! ** 2;
    absolute = Math.max(absolute, difference);
  }
  const relative = Math.sqrt(squares / size);
  const isSound =
    ours.length === theirs.length && Number.isFinite(relative) && Number.isFinite(absolute);
  return isSound ? { relative, absolute } : { relative: Infinity, absolute: Infinity };
}

/** A row that is met if both differences are within the tolerance. */
export function differenceRow(
  row: Pick<Row, 'name' | 'quantity' | 'remark'>,
  { ours, theirs }: { readonly ours: ArrayLike<number>; readonly theirs: ArrayLike<number> },
): Row {
  const difference = differenceOf(ours, theirs);
  const isMet = difference.relative <= tolerance && difference.absolute <= tolerance;
  return { ...row, ...difference, isMet };
}
