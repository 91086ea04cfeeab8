import type { Action } from '../action.js';
import type { ModalityWords } from '../modality-words.js';
import type { PeriodSummary } from '../period-summary.js';
import type { PeriodScale } from '../scale.js';

/** Everything an aspect may word an answer from. */
export interface FutureContext {
  /** Actions of the horizon, timed from the reference. */
  readonly actions: readonly Action[];
  /** The horizon, counted. */
  readonly ahead: PeriodSummary;
  /** The equally long period just before the reference, counted. */
  readonly before: PeriodSummary;
  /** The level words' meaning. */
  readonly scale: PeriodScale;
  /** What texts call the modalities. */
  readonly modalityWords?: ModalityWords | undefined;
  /** Time bins of the likely-actions answer. */
  readonly bins: number;
  /** Cells of the likely-actions answer. */
  readonly budget: number;
  /** Diminishing return per category of the likely-actions answer. */
  readonly decay: number;
}

/** One side of a user's future: a question with its phrasings and the answer. */
export interface FutureAspect {
  /** The kind, for selection and statistics, e.g. `activity` or `category`. */
  readonly kind: string;
  /** Phrasings of the query; `{period}` stands for the length of time. */
  readonly queries: readonly string[];
  /** The answer in plain words, 6 to 25 of them. */
  answer(): string;
}

/** The cut points of a quantity; none where the population never had it. */
export function cutsOf(scale: PeriodScale, quantity: string): readonly number[] {
  return scale.cuts[quantity] ?? [];
}

/** Compares two counts in words: `more than before`, `as before`, ... */
export function changeWords(now: number, before: number): string {
  if (now === 0 && before === 0) return 'as before';
  if (before === 0) return 'new compared with before';
  if (now === 0) return 'unlike before';
  const ratio = now / before;
  if (ratio >= 2) return 'much more than before';
  if (ratio >= 1.25) return 'more than before';
  if (ratio <= 0.5) return 'much less than before';
  return ratio <= 0.8 ? 'less than before' : 'about as before';
}
