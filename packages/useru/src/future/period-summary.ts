import type { Action } from './action.js';
import { isOmission } from './omission.js';

/** Counts and values of one group of actions: a modality, or a category in it. */
interface GroupSummary {
  /** The modality. */
  readonly modality: string;
  /** The category, absent for a whole modality. */
  readonly category?: string;
  /** How many actions. */
  count: number;
  /** Values of those actions that have one. */
  readonly values: number[];
  /** Whole weeks of the period, from 0, in which it occurred. */
  readonly weeks: Set<number>;
}

/** What happened in one period, counted. */
export interface PeriodSummary {
  /** Length of the period. */
  readonly lengthDays: number;
  /** All actions but omissions, which count in their groups alone. */
  readonly count: number;
  /** Days of the period, from 0, with such an action; ascending. */
  readonly activeDays: readonly number[];
  /** How many whole weeks the period has; a remainder belongs to the last. */
  readonly weekCount: number;
  /** Whole weeks of the period, from 0, with such an action; ascending. */
  readonly activeWeeks: readonly number[];
  /** Such actions in each quarter of the period. */
  readonly quarters: readonly number[];
  /** By modality. */
  readonly modalities: ReadonlyMap<string, GroupSummary>;
  /** By modality and category, under {@link categoryKey}. */
  readonly categories: ReadonlyMap<string, GroupSummary>;
}

/** The key of a category in a {@link PeriodSummary} and in a scale. */
export function categoryKey(modality: string, category: string): string {
  return `${modality}/${category}`;
}

const ascending = (set: ReadonlySet<number>): number[] => [...set].toSorted((a, b) => a - b);

/**
 * Counts the actions of `[startDays, startDays + lengthDays)`.
 *
 * @param actions - any actions, in any order; those outside the period are left out
 * @param period - its start and its length, in days on the actions' axis
 */
export function summarisePeriod(
  actions: readonly Action[],
  period: { readonly startDays: number; readonly lengthDays: number },
): PeriodSummary {
  const { startDays, lengthDays } = period;
  const weekCount = Math.max(1, Math.floor(lengthDays / 7));
  const days = new Set<number>();
  const weeks = new Set<number>();
  const modalities = new Map<string, GroupSummary>();
  const categories = new Map<string, GroupSummary>();
  const quarters = [0, 0, 0, 0];
  let count = 0;
  for (const { timeDays, modality, category, value } of actions) {
    const offset = timeDays - startDays;
    if (!(offset >= 0 && offset < lengthDays)) continue;
    const day = Math.floor(offset);
    const week = Math.min(weekCount - 1, Math.floor(day / 7));
    if (!isOmission(category)) {
      const quarter = Math.min(3, Math.floor((4 * offset) / lengthDays));
      count++;
      quarters[quarter] = quarters[quarter]! + 1;
      days.add(day);
      weeks.add(week);
    }
    let group = modalities.get(modality);
    if (group === undefined) {
      group = { modality, count: 0, values: [], weeks: new Set() };
      modalities.set(modality, group);
    }
    const key = categoryKey(modality, category);
    let part = categories.get(key);
    if (part === undefined) {
      part = { modality, category, count: 0, values: [], weeks: new Set() };
      categories.set(key, part);
    }
    for (const target of [group, part]) {
      target.count++;
      target.weeks.add(week);
      if (value !== undefined && Number.isFinite(value)) target.values.push(value);
    }
  }
  return {
    lengthDays,
    count,
    activeDays: ascending(days),
    weekCount,
    activeWeeks: ascending(weeks),
    quarters,
    modalities,
    categories,
  };
}

/** The median of a non-empty list; the mean of the middle two where its length is even. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
