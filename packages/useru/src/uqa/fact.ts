/** A question that a profile can answer, and the answer. */
export interface Fact {
  /** The topic it belongs to. */
  readonly topic: string;
  /** How often it is asked, relative to other facts. */
  readonly weight: number;
  /** Phrasings of the query. */
  readonly queries: readonly string[];
  /** The answer in plain words, grounded in the profile. */
  answer(): string;
}

/** One thing counted by a fact. */
export interface Mention {
  /** Days before the reference, above 0. */
  readonly ageDays: number;
  /** Its amount, if it has one. */
  readonly value?: number;
}

/** `once`, `2 times`, ... */
export function timesWords(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** `today`, `1 day ago`, `5 days ago`, from whole days passed. */
export function agoWords(ageDays: number): string {
  const days = Math.floor(ageDays);
  if (days === 0) return 'less than a day ago';
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

/** A number with one decimal at most. */
export function numberWords(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

/** `7 of 20` as a whole percentage. */
export function percentWords(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} percent`;
}
