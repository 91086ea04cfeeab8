import type { ValueKind } from '../../future/levels.js';
import type { Mention } from './fact.js';

/** A group of things a user did: a life topic, a modality, a category. */
export interface Group {
  /** The topic its facts are filed under. */
  readonly topic: string;
  /** How a query names it. */
  readonly name: string;
  /** What was done, in any order. */
  readonly mentions: readonly Mention[];
  /** Everything recorded of the user in the window, of whatever group. */
  readonly totalCount: number;
  /** How far the profile reaches back. */
  readonly windowDays: number;
  /** Cut points of the count in the population; none: no level word. */
  readonly countCuts?: readonly number[];
  /**
   * What the values are, the cut points of the typical one in the population, and of their sum; no
   * cut points: no level words.
   */
  readonly valueScale?: {
    readonly kind: ValueKind;
    readonly cuts: readonly number[];
    readonly totalCuts: readonly number[];
  };
}

/** Length of the two spans a trend compares. */
export const trendDays = 14;

/** Mentions of the last `toDays`, from `fromDays` on. */
export function countWithin(
  mentions: readonly Mention[],
  fromDays: number,
  toDays: number,
): number {
  return mentions.filter(({ ageDays }) => ageDays > fromDays && ageDays <= toDays).length;
}
