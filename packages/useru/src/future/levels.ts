/** The ordinal words of an amount of activity, from nothing to the top fifth. */
export const activityLevels = ['none', 'very low', 'low', 'moderate', 'high', 'very high'] as const;

/** The ordinal words of an amount of money or of a count carried as a value. */
export const amountLevels = ['very low', 'low', 'moderate', 'high', 'very high'] as const;

/** The ordinal words of a score, where more is better. */
export const scoreLevels = ['very low', 'low', 'fair', 'good', 'excellent'] as const;

/** What the values of a modality are: a `score` has a ceiling, an `amount` has not. */
export type ValueKind = 'score' | 'amount';

/** The shares of a population below its four cut points: five levels. */
const levelShares = [0.2, 0.4, 0.6, 0.8];

/**
 * The four cut points between five levels: the quantiles .2, .4, .6, .8 of a sample.
 *
 * Between two order statistics the value is interpolated linearly. An empty sample has none.
 *
 * @param values - the sample, in any order
 * @returns cut points, ascending
 */
export function levelCuts(values: readonly number[]): number[] {
  if (values.length === 0) return [];
  const sorted = Float64Array.from(values).toSorted();
  return levelShares.map((share) => {
    const at = share * (sorted.length - 1);
    const below = Math.floor(at);
    const low = sorted[below]!;
    const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
    return low + (at - below) * (high - low);
  });
}

/**
 * How many cut points `value` lies above: its level, from 0. Where several cut points equal it, as
 * happens to small counts, it takes the middle of the levels between them.
 */
const levelIndex = (value: number, cuts: readonly number[]): number => {
  let above = 0;
  let equal = 0;
  for (const cut of cuts) {
    if (value > cut) above++;
    else if (value === cut) equal++;
  }
  return above + (equal >> 1);
};

/**
 * The word for an amount of activity: `none` at zero, else by the cut points of the active part
 * of the population.
 *
 * @param count - how much, at least 0
 * @param cuts - from {@link levelCuts} over positive counts
 */
export function activityLevel(count: number, cuts: readonly number[]): string {
  return count <= 0 ? activityLevels[0] : activityLevels[1 + levelIndex(count, cuts)]!;
}

/**
 * The word for a typical value.
 *
 * @param value - the value
 * @param options - `cuts` from {@link levelCuts} over the population's typical values; `kind`
 * chooses the words
 */
export function valueLevel(
  value: number,
  options: { readonly cuts: readonly number[]; readonly kind: ValueKind },
): string {
  const words = options.kind === 'score' ? scoreLevels : amountLevels;
  return words[levelIndex(value, options.cuts)]!;
}
