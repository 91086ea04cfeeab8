const omissionWords: ReadonlySet<string> = new Set([
  'missed',
  'skipped',
  'absent',
  'unpaid',
  'expired',
  'cancelled',
  'no-show',
  'not',
]);

/**
 * Whether a category names something that did not happen, e.g. `missed exam`: it has one of the
 * words missed, skipped, absent, unpaid, expired, cancelled, no-show, not.
 *
 * Omissions are facts to be asked about, but a user is not active by them.
 */
export function isOmission(category: string): boolean {
  let known = remembered.get(category);
  if (known === undefined) {
    known = category
      .toLowerCase()
      .split(/[^\p{L}-]+/u)
      .some((word) => omissionWords.has(word));
    if (remembered.size >= 10_000) remembered.clear();
    remembered.set(category, known);
  }
  return known;
}

/** Categories are few and asked about often. */
const remembered = new Map<string, boolean>();
