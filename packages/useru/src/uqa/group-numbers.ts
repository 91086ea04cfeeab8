import type { Mention } from './facts/fact.js';

const rounded = (value: number): string => `${Math.round(value * 10) / 10}`;

/**
 * Every number that may be said of a group of mentions, counted without the code that words them:
 * how many, on how many days, in which spans, week by week, name by name; ages, gaps, shares; least,
 * typical, highest, latest value and their sum.
 *
 * @returns the numbers as they are written
 */
export function groupNumbers(
  mentions: readonly Mention[],
  options: { readonly totalCount: number; readonly windowDays: number },
): Set<string> {
  const { totalCount, windowDays } = options;
  const numbers = new Set<string>();
  const say = (...values: readonly number[]): void => {
    for (const value of values) numbers.add(`${value}`);
  };
  say(mentions.length, totalCount, windowDays, 0, 7, 14);
  say(...saidPercent(mentions.length, totalCount));
  if (mentions.length === 0) return numbers;

  const dayNumbers = new Set<number>();
  const byWeek: number[] = [];
  const byLabel = new Map<string, number>();
  let [lastWeek, lastFortnight, fortnightBefore] = [0, 0, 0];
  let youngest = Infinity;
  for (const { ageDays, label } of mentions) {
    dayNumbers.add(Math.ceil(ageDays));
    const week = Math.ceil(ageDays / 7);
    byWeek[week] = (byWeek[week] ?? 0) + 1;
    if (ageDays <= 7) lastWeek++;
    if (ageDays <= 14) lastFortnight++;
    else if (ageDays <= 28) fortnightBefore++;
    youngest = Math.min(youngest, ageDays);
    if (label !== undefined) byLabel.set(label, (byLabel.get(label) ?? 0) + 1);
  }
  const highestWeek = Math.max(...Object.values(byWeek));
  const days = [...dayNumbers].toSorted((a, b) => a - b);
  const gaps = days.slice(1).map((day, i) => day - days[i]!);
  const named = [...byLabel.values()];
  say(days.length, days.filter((day) => day <= 7).length, Math.floor(youngest), days[0]! - 1);
  say(lastWeek, lastFortnight, fortnightBefore, highestWeek);
  for (const [week, count] of byWeek.entries()) if (count === highestWeek) say(week - 1);
  say(...named, named.length);
  say(named.reduce((sum, count) => sum + count, 0));
  if (gaps.length > 0) say(middle(gaps, Math.round), Math.max(...gaps), Math.max(...gaps) - 1);

  const values = mentions.flatMap(({ value }) =>
    value === undefined || !Number.isFinite(value) ? [] : [value],
  );
  if (values.length > 0) {
    numbers.add(rounded(middle(values, (value) => value)));
    numbers.add(rounded(values.reduce((most, value) => (value > most ? value : most))));
    numbers.add(rounded(values.reduce((sum, value) => sum + value, 0)));
    const latest = mentions
      .filter(({ value }) => value !== undefined && Number.isFinite(value))
      .reduce((last, mention) => (mention.ageDays < last.ageDays ? mention : last));
    // Several at the same time may each be called the latest.
    for (const { ageDays, value } of mentions) {
      if (ageDays === latest.ageDays && value !== undefined) numbers.add(rounded(value));
    }
    say(values.length);
  }
  return numbers;
}

/** The percentage that may be said of a part: under 1 or over 99 where it is not all or nothing. */
export function saidPercent(part: number, whole: number): number[] {
  if (whole === 0) return [];
  const percent = Math.round((100 * part) / whole);
  return [part > 0 && part < whole ? Math.min(99, Math.max(1, percent)) : percent];
}

/** The middle of the sorted list, or the mean of its middle two. */
const middle = (values: readonly number[], round: (value: number) => number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return round((sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2);
};
