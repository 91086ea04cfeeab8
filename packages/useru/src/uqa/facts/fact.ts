/** A question that a profile can answer, and the answer. */
export interface Fact {
  /** The topic it belongs to. */
  readonly topic: string;
  /** How often it is asked, relative to other facts. */
  readonly weight: number;
  /** Phrasings of the query. */
  readonly queries: readonly string[];
  /** Phrasings of the answer in plain words, all of the same content, grounded in the profile. */
  answers(): readonly string[];
}

/** One thing counted by a fact. */
export interface Mention {
  /** Days before the reference, above 0. */
  readonly ageDays: number;
  /** Its amount, if it has one. */
  readonly value?: number;
  /** The modality it belongs to. */
  readonly modality: string;
  /** The place or thing it is about, if it is known. */
  readonly label?: string | undefined;
}

/** Fewer records than this are too few to tell a trend, a peak or a rhythm. */
export const fewRecords = 3;

/** `once`, `2 times`, ... */
export function timesWords(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** `1 day`, `2 days`, ... and so with any regular noun. */
export function nounWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `today`, `1 day ago`, `5 days ago`, from whole days passed. */
export function agoWords(ageDays: number): string {
  const days = Math.floor(ageDays);
  return days === 0 ? 'less than a day ago' : `${nounWords(days, 'day')} ago`;
}

/** A number with one decimal at most. */
export function numberWords(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

/** `7 of 20` as a whole percentage; a part is never all or nothing. */
export function percentWords(part: number, whole: number): string {
  const percent = Math.round((100 * part) / whole);
  if (percent === 0 && part > 0) return 'under 1 percent';
  return percent === 100 && part < whole ? 'over 99 percent' : `${percent} percent`;
}

/**
 * How one span compares with an equally long one before it: a word for more, one for less, or
 * `Steady`, which few records are whose numbers differ by one.
 */
export function trendWords(
  recent: number,
  earlier: number,
  [more, less]: readonly [string, string],
): string {
  const isChance = Math.abs(recent - earlier) <= 1 && Math.min(recent, earlier) > 0;
  if (isChance && Math.max(recent, earlier) <= 5) return 'Steady';
  if (recent >= 1.25 * earlier && recent > 0) return more;
  return recent <= 0.8 * earlier && earlier > 0 ? less : 'Steady';
}

/** How often each key occurs, the most frequent first; ties by name. */
export function countBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
): Array<readonly [string, number]> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** Ages of active days in whole days, 1 being the last day before the reference; ascending, each once. */
export function activeAges(agesDays: readonly number[]): number[] {
  return [...new Set(agesDays.map((age) => Math.ceil(age)))].toSorted((a, b) => a - b);
}

/** The commonest week, 1 being the last 7 days, and how often it occurs; the latest of equals. */
export function busiestWeek(agesDays: readonly number[]): readonly [number, number] {
  const weeks = new Map<number, number>();
  for (const age of agesDays) {
    const week = Math.ceil(age / 7);
    weeks.set(week, (weeks.get(week) ?? 0) + 1);
  }
  return [...weeks].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]!;
}

/** `in the last 7 days`, `1 week ago`, `5 weeks ago`, from a week of {@link busiestWeek}. */
export function weekWords(week: number): string {
  return week === 1 ? 'in the last 7 days' : `${nounWords(week - 1, 'week')} ago`;
}

/** How often something comes back, from the gaps between its days: a typical and the longest one. */
export function paceWords(usualDays: number, longestDays: number): string {
  if (usualDays <= 4 && longestDays >= 21) return 'In bursts';
  if (usualDays <= 1) return 'Daily';
  if (usualDays <= 4) return 'Every few days';
  return usualDays <= 10 ? 'About weekly' : 'Rare';
}
