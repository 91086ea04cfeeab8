import { InputError } from '@q-anchor/core';

import { parsedEvent, PoisonError } from './parsed-event.js';
import { persistently } from './retry.js';
import type { EventStore, StreamCounts, StreamProblem } from './stream-consumer.js';
import type { StreamEvent } from './stream-event.js';

/** A message of a stream. */
export interface Delivery {
  /** Its content. */
  readonly body: Uint8Array | undefined;
  /** Where in the stream it stands. */
  readonly place: string;
}

/** A message that can't be taken in. */
export interface DeadLetter<D extends Delivery> {
  readonly delivery: D;
  /** Why, in words that say nothing of its content. */
  readonly reason: string;
}

/** What {@link takeIn} is given beside messages. */
export interface TakeInOptions<D extends Delivery> {
  readonly store: EventStore;
  /** Puts dead letters away, and settles once they are safe. */
  readonly bury: (letters: readonly DeadLetter<D>[]) => Promise<unknown>;
  readonly counts: { -readonly [name in keyof StreamCounts]: StreamCounts[name] };
  readonly onProblem: (problem: StreamProblem) => void;
  /** Ends what is tried again and again. */
  readonly signal: AbortSignal;
}

interface Sorted<D extends Delivery> {
  readonly delivery: D;
  readonly event: StreamEvent;
}

/**
 * Stores the events of messages, and puts away messages that hold none. Afterwards all of them may be
 * committed.
 *
 * @throws if the signal is aborted before all of it succeeded: then none may be
 */
export async function takeIn<D extends Delivery>(
  deliveries: readonly D[],
  options: TakeInOptions<D>,
): Promise<void> {
  const { store, bury, counts, onProblem, signal } = options;
  counts.received += deliveries.length;
  const letters: DeadLetter<D>[] = [];
  const reject = (delivery: D, reason: string): void => {
    letters.push({ delivery, reason });
    onProblem({ kind: 'rejected', place: delivery.place });
  };
  const again = (kind: StreamProblem['kind'], place: string) => (error: unknown) => {
    counts.retries += 1;
    onProblem({ kind, place, error });
  };
  const good: Sorted<D>[] = [];
  for (const delivery of deliveries) {
    try {
      good.push({ delivery, event: parsedEvent(delivery.body) });
    } catch (error) {
      if (!PoisonError.isInstance(error)) throw error;
      reject(delivery, error.message);
    }
  }
  const put = async (some: readonly Sorted<D>[]): Promise<void> => {
    if (some.length === 0) return;
    try {
      await persistently(() => store(some.map(({ event }) => event)), {
        isFinal: (error) => InputError.isInstance(error),
        onError: again('store', some[0]!.delivery.place),
        signal,
      });
      counts.stored += some.length;
    } catch (error) {
      if (!InputError.isInstance(error)) throw error;
      // Halves find the bad ones in few calls; that good ones are given twice changes nothing.
      const half = Math.ceil(some.length / 2);
      if (some.length === 1) {
        reject(some[0]!.delivery, `${error.where}: expected ${error.expected}`);
      } else {
        await put(some.slice(0, half));
        await put(some.slice(half));
      }
    }
  };
  await put(good);
  if (letters.length > 0) {
    const onError = again('dead letter', letters[0]!.delivery.place);
    await persistently(() => bury(letters), { onError, signal });
    counts.rejected += letters.length;
  }
}
