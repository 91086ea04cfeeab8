const smallCounts = ['none', 'one', 'two', 'three'];
const countEdges = [4, 6, 10, 15, 25, 40, 70, 120, 200, 400];
const gapEdges = [1, 3, 5, 8, 14, 22, 36, 60, 120];

const rangeOf = (count: number, edges: readonly number[], most = Infinity): string => {
  for (let i = edges.length - 1; i >= 0; i--) {
    const low = edges[i]!;
    if (count < low) continue;
    const next = edges[i + 1];
    const high = Math.min(most, next === undefined ? Infinity : next - 1);
    if (high === Infinity) return `${low} or more`;
    return high === low ? `${low}` : `${low} to ${high}`;
  }
  return `under ${edges[0]}`;
};

/**
 * A count on a coarse scale: `none`, `one`, `two`, `three`, `4 to 5`, `6 to 9`, ...
 *
 * @param most - how high it can be
 */
export function countWords(count: number, most?: number): string {
  return smallCounts[count] ?? rangeOf(count, countEdges, most);
}

/**
 * A length of days on a coarse scale: `under one day`, `1 to 2 days`, `3 to 4 days`, ...
 *
 * @param most - how long it can be
 */
export function gapWords(days: number, most?: number): string {
  return days < 1 ? 'under one day' : `${rangeOf(Math.floor(days), gapEdges, most)} days`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listWords(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

const namedPeriods: Readonly<Record<number, readonly string[]>> = {
  7: ['week'],
  14: ['two weeks'],
  28: ['four weeks'],
  30: ['month'],
  60: ['two months'],
  90: ['three months'],
};

/** Phrases for a length of time ahead: `30 days`, and `month` where it has a name. */
export function periodPhrases(days: number): readonly string[] {
  return [`${days} days`, ...(namedPeriods[days] ?? [])];
}

/** With a capital first letter. */
export function capital(text: string): string {
  return `${(text[0] ?? '').toUpperCase()}${text.slice(1)}`;
}

/** Weeks of a period, from 0, of so many: `week 2`, `weeks 1 and 4`, `each week`. */
export function weekWords(weeks: Iterable<number>, weekCount: number): string {
  const names = [...weeks].toSorted((a, b) => a - b).map((week) => `${week + 1}`);
  if (names.length === weekCount && weekCount > 1) return 'each week';
  return `${names.length === 1 ? 'week' : 'weeks'} ${listWords(names)}`;
}
