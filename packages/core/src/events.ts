/** One thing a user did. */
export interface UserEvent {
  /** When, in days on the dataset's own axis (days since 1970-01-01 where the source had dates). */
  readonly timeDays: number;
  /** What, in words. */
  readonly text: string;
  /** An optional amount: a price, a score, a count. */
  readonly value?: number;
}

/** A profile feature: a number, a category, or unknown. */
export type TabularValue = number | string | null;

/** Everything known of one user at one reference time. */
export interface UserProfile {
  /** The user's id in the dataset. */
  readonly userId: string;
  /** What is known ends here, in days on the dataset's axis; events at or after it are not in the profile. */
  readonly referenceDays: number;
  /** Events by modality, oldest first. A modality without events has an empty array. */
  readonly events: Readonly<Record<string, readonly UserEvent[]>>;
  /** Profile features by column name; empty where the dataset has none. */
  readonly tabular: Readonly<Record<string, TabularValue>>;
}

/** Which set a (user, reference time) belongs to. */
export type Split = 'train' | 'validation' | 'test';

/** A query about a user and its answer: one UserU pre-training pair. */
export interface QueryAnswer {
  /** The anchor: a question in plain language. */
  readonly query: string;
  /** The answer in plain language. */
  readonly answer: string;
  /** `future`: from the user's later actions (D_future); `uqa`: from the profile (D_uqa). */
  readonly source: 'future' | 'uqa';
  /** The life topic of a `uqa` pair, the aspect of a `future` one. */
  readonly topic?: string;
}

/** A business question with labelled users. */
export interface Scenario {
  /** Its name, a directory-safe word. */
  readonly name: string;
  /** The kind of use, e.g. `risk`, `marketing`, `engagement`. */
  readonly domain: string;
  /**
   * The scenario's anchor queries, at least one and all different. Its embedding of a user is the mean
   * of the user's embeddings for each of them, at length 1.
   */
  readonly queries: readonly string[];
}

/** A declared modality: one kind of events. */
export interface Modality {
  /** Its name, a directory-safe word. */
  readonly name: string;
  /** The newest this many events are kept. */
  readonly maxEvents: number;
  /** The first this many text tokens of an event are kept. */
  readonly maxTokens: number;
}

/** How many events a user has, of all modalities. */
export const eventCount = ({ events }: Pick<UserProfile, 'events'>): number =>
  Object.values(events).reduce((sum, list) => sum + list.length, 0);
