import { InputError } from '@q-anchor/core';

/** Insists on a finite number above zero. */
export function requirePositive(where: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new InputError({ where, expected: 'a positive number', found: String(value) });
}

/** Insists on a whole number from `least` to `most`. */
export function requireInteger(
  where: string,
  value: number,
  { least, most = Number.MAX_SAFE_INTEGER }: { readonly least: number; readonly most?: number },
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new InputError({
    where,
    expected:
      most === Number.MAX_SAFE_INTEGER
        ? `an integer of ${least} or more`
        : `an integer from ${least} to ${most}`,
    found: String(value),
  });
}

/** Insists on a share strictly between 0 and 1, such as the confidence of an interval. */
export function requireShare(where: string, share: number): void {
  if (share > 0 && share < 1) return;
  throw new InputError({
    where,
    expected: 'a share between 0 and 1, both exclusive',
    found: String(share),
  });
}
