import { InputError, ShapeError } from '@q-anchor/core';

/** Features of some users, one row each. */
export interface FeatureMatrix {
  /** `[rows, columns]`, row after row. */
  readonly features: ArrayLike<number>;
  /** Users. */
  readonly rows: number;
  /** Features of a user. */
  readonly columns: number;
}

/** Insists on at least one row and column, on matching lengths and on finite values. */
export function requireMatrix(
  { features, rows, columns }: FeatureMatrix,
  { where }: { readonly where: string },
): void {
  for (const [name, size] of [
    ['rows', rows],
    ['columns', columns],
  ] as const) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new InputError({
        where: `${where}: ${name}`,
        expected: 'an integer of 1 or more',
        found: `${size}`,
      });
    }
  }
  if (features.length !== rows * columns) {
    throw new ShapeError(where, [rows, columns], [features.length]);
  }
  for (let i = 0; i < features.length; i++) {
    if (!Number.isFinite(features[i])) {
      throw new InputError({
        where: `${where}, row ${Math.floor(i / columns)}, column ${i % columns}`,
        expected: 'a finite number',
        found: String(features[i]),
      });
    }
  }
}
