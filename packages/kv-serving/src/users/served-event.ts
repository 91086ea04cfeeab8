import type { TabularValue, UserEvent } from '@q-anchor/core';

/** An event as serving takes it in. */
export interface ServedEvent extends UserEvent {
  /**
   * Its id within user and modality; an id that is there already is a duplicate, whatever else differs.
   * Without ids, events of equal time, text and value are one.
   */
  readonly id?: string;
}

/** Events by modality, in any order. */
export type ServedEvents = Readonly<Record<string, readonly ServedEvent[]>>;

/** What is known of a user, at no particular reference time. A `UserProfile` is one. */
export interface ServedProfile {
  /** The user's id. */
  readonly userId: string;
  /** Events by modality, in any order; a modality may be left out. */
  readonly events: ServedEvents;
  /** Profile features by column name; empty where the dataset has none. */
  readonly tabular: Readonly<Record<string, TabularValue>>;
}

/** What became of events that were handed in. */
export interface EventCounts {
  /** New ones that are kept. */
  readonly added: number;
  /** Those that were there already, or twice among the new ones. */
  readonly duplicates: number;
  /** New ones older than the window, or beyond the newest `maxEvents` of their modality: not kept. */
  readonly outside: number;
}
