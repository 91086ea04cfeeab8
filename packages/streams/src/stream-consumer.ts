import type { StreamEvent } from './stream-event.js';

/**
 * Takes events in, and settles once they are safe. It is given events again after anything that went
 * wrong, and must then change nothing: an event is known by user, modality and id.
 *
 * If it throws a {@link @q-anchor/core#InputError}, one of the events is bad: they are given one by one,
 * and the bad ones become dead letters. After any other error they are given again, until it succeeds.
 */
export type EventStore = (events: readonly StreamEvent[]) => Promise<unknown>;

/** Something that did not go as it should; nothing is lost by it. It holds nothing of the events. */
export interface StreamProblem {
  /**
   * `rejected`: a message became a dead letter. `store`, `dead letter`, `commit`, `connection`: it is
   * tried again.
   */
  readonly kind: 'rejected' | 'store' | 'dead letter' | 'commit' | 'connection';
  /** Where in the stream, or which stream. */
  readonly place: string;
  /** The error, but for `rejected`. */
  readonly error?: unknown;
}

/** Counters since the consumer began. */
export interface StreamCounts {
  /** Messages that came, repetitions counted. */
  readonly received: number;
  /** Events that the store has taken. */
  readonly stored: number;
  /** Messages that became dead letters. */
  readonly rejected: number;
  /** Times that something was tried again. */
  readonly retries: number;
}

/** What every consumer is given. */
export interface StreamConsumerOptions {
  /** Takes events in. */
  readonly store: EventStore;
  /** Messages that are read and not yet stored. Default 1000. */
  readonly maxInFlight?: number;
  /** Events that the store is given at once. Default 200. */
  readonly maxBatch?: number;
  /** Hears of problems. */
  readonly onProblem?: (problem: StreamProblem) => void;
}

/**
 * A running consumer. Disposal ends it: what the store was given is finished and committed first; what
 * was only read comes again.
 */
export interface StreamConsumer extends AsyncDisposable {
  /** Counters. */
  readonly counts: StreamCounts;
}
