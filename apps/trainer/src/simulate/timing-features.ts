import type { Action } from '@q-anchor/useru';

/** One thing followed by another within some days. */
const steps: readonly (readonly [first: string, then: string, withinDays: number])[] = [
  ['bill/small transfer', 'bill/large transfer', 0.1],
  ['bill/large transfer', 'bill/small transfer', 0.1],
  ['bill/transfer in', 'bill/transfer out', 0.5],
  ['bill/transfer out', 'bill/transfer in', 0.5],
  ['search/concert search', 'app/concert app', 1.3],
  ['app/concert app', 'search/concert search', 1.3],
  ['app/concert app', 'spm/concert page', 1.3],
  ['spm/concert page', 'app/concert app', 1.3],
  ['bill/salary', 'spm/coupons', 4],
  ['mini/forest', 'mini/forest', 0.8],
  ['spm/account', 'spm/account', 0.1],
];

/** What is also counted by how recent it is. */
const recentKeys = ['bill/takeout', 'mini/forest', 'spm/account', 'bill/small transfer'] as const;

/** Where the last of the parts of the window begins, in days before the reference. */
const recentDays = [10, 30] as const;

/** How many times lie in the last days before the reference. */
const since = (times: readonly number[], days: number): number =>
  times.filter((time) => time >= -days).length;

/** How many features {@link timingFeatures} gives. */
export const timingColumns =
  steps.length * 2 + recentKeys.length * recentDays.length + recentDays.length + 1;

/**
 * Features that only order and timing tell: steps from one action to another within a time, in the
 * whole window and in its last 30 days; recent counts; actions at night.
 *
 * @param actions - oldest first, timed against the reference
 */
export function timingFeatures(
  actions: readonly Action[],
  options: {
    /** The reference on the dataset's axis: with it actions have a time of day. */
    readonly referenceDays: number;
    readonly keyOf: (action: Action) => string;
  },
): Float64Array {
  const { referenceDays, keyOf } = options;
  const times = new Map<string, number[]>();
  const all: number[] = [];
  let atNight = 0;
  for (const action of actions) {
    const { timeDays } = action;
    const key = keyOf(action);
    const own = times.get(key) ?? [];
    own.push(timeDays);
    times.set(key, own);
    all.push(timeDays);
    if ((referenceDays + timeDays) % 1 < 5 / 24) atNight++;
  }
  const timesOf = (key: string): readonly number[] => times.get(key) ?? [];
  const features: number[] = [];
  for (const [first, then, withinDays] of steps) {
    const followed = timesOf(first).filter((time) =>
      timesOf(then).some((later) => later > time && later - time < withinDays),
    );
    features.push(followed.length, since(followed, 30));
  }
  for (const days of recentDays) {
    features.push(since(all, days));
    for (const key of recentKeys) features.push(since(timesOf(key), days));
  }
  features.push(atNight);
  return Float64Array.from(features);
}
