/** One thing a user did, named by a category, timed against a reference. */
export interface Action {
  /** Days since the reference time; negative before it. */
  readonly timeDays: number;
  /** The modality it belongs to. */
  readonly modality: string;
  /** What kind of action, in words, e.g. `quiz` or `credit card withdrawal`. */
  readonly category: string;
  /** An optional amount: a price, a score, a count. */
  readonly value?: number;
}
