import type { EventStore, StreamConsumer, StreamProblem } from '@q-anchor/streams';

/** A message that could not be taken in. */
interface BuriedMessage {
  readonly body: string;
  readonly reason: string;
  /** Where it stood. */
  readonly place: string;
}

/** What a consumer of a test is given. */
export interface TestConsumer {
  readonly store: EventStore;
  readonly maxBatch?: number;
  readonly maxInFlight?: number;
  readonly member?: string;
  readonly onProblem?: (problem: StreamProblem) => void;
}

/** A stream of a test's own, of one transport. */
export interface TestStream extends AsyncDisposable {
  /** Adds messages, spread by key where the transport has partitions. */
  publish(
    messages: readonly { readonly key: string; readonly body: string | null }[],
  ): Promise<void>;
  /** Starts a member of the one group there is. */
  consume(options: TestConsumer): StreamConsumer;
  /** What was put away, in no order. */
  buried(): Promise<readonly BuriedMessage[]>;
  /** Messages that the group has not committed. */
  uncommitted(): Promise<number>;
  /** What a process of its own is told, to consume it by `consumeIn`. */
  readonly address: readonly string[];
  /** Breaks all connections. */
  disturb(): Promise<void>;
}
