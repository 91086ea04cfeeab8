import { InputError } from '@q-anchor/core';

/** A measure on the users of one slice. */
export interface SliceMeasure<Result> {
  /** The slice's name. */
  readonly slice: string;
  /** Users in it. */
  readonly users: number;
  /** The measure there; missing where the slice does not allow it. */
  readonly value?: Result;
  /** Why there is no value, for instance that only one class occurs. */
  readonly problem?: string;
}

/** A measure on all users and on each slice. */
export interface MeasureBySlice<Result> {
  /** On all users. */
  readonly overall: Result;
  /** On each slice, by name. */
  readonly slices: ReadonlyArray<SliceMeasure<Result>>;
}

/**
 * Any measure on all users and slice by slice: by module, region, month, age group.
 *
 * A slice on which the measure is not defined (one class only, too few users) keeps its place in the table
 * with the reason; bad input in all users is an error as ever.
 *
 * @param columns - arrays with one number per user, in the same order: labels, scores, probabilities
 * @throws {@link InputError} if a column and `slices` differ in length, and what `measure` throws on all users
 * @example
 * ```ts
 * const { overall, slices } = measureBySlice(
 *   { labels, scores },
 *   { slices: modules, measure: (users) => delongAuc(users) },
 * );
 * ```
 */
export function measureBySlice<Columns extends Readonly<Record<string, ArrayLike<number>>>, Result>(
  columns: Columns,
  options: {
    /** The slice of each user. */
    readonly slices: readonly string[];
    /** What to measure on some of the users. */
    readonly measure: (users: { readonly [Name in keyof Columns]: Float64Array }) => Result;
  },
): MeasureBySlice<Result> {
  const { slices, measure } = options;
  for (const [name, values] of Object.entries(columns)) {
    if (values.length === slices.length) continue;
    throw new InputError({
      where: `columns.${name}`,
      expected: `one number for each of ${slices.length} users`,
      found: `${values.length}`,
    });
  }
  const usersOf = new Map<string, number[]>();
  for (const [user, slice] of slices.entries()) {
    const users = usersOf.get(slice);
    if (users === undefined) usersOf.set(slice, [user]);
    else users.push(user);
  }
  const measureOf = (users: readonly number[]): Result =>
    measure(
      Object.fromEntries(
        Object.entries(columns).map(([name, values]) => [
          name,
          Float64Array.from(users, (user) => values[user]!),
        ]),
      ) as { readonly [Name in keyof Columns]: Float64Array },
    );
  return {
    overall: measureOf([...slices.keys()]),
    slices: [...usersOf.keys()].toSorted().map((slice) => {
      const users = usersOf.get(slice)!;
      try {
        return { slice, users: users.length, value: measureOf(users) };
      } catch (error) {
        if (!InputError.isInstance(error)) throw error;
        return { slice, users: users.length, problem: error.message };
      }
    }),
  };
}
