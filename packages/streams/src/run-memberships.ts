import { createBackoff } from './retry.js';
import type { StreamConsumerOptions, StreamCounts } from './stream-consumer.js';

/**
 * Joins a stream again and again, with longer waits as long as it fails, until `signal` is aborted.
 *
 * @param membership - one membership: tells when it has joined, and lasts until it breaks or the signal is
 * aborted
 * @param options - the stream's name for problems, the consumer's counters, what hears of problems, the end
 */
export async function runMemberships(
  membership: (onJoined: () => void) => Promise<void>,
  options: Required<Pick<StreamConsumerOptions, 'onProblem'>> & {
    readonly place: string;
    readonly counts: { -readonly [Key in keyof StreamCounts]: StreamCounts[Key] };
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { place, counts, onProblem, signal } = options;
  const backoff = createBackoff(signal);
  while (!signal.aborted) {
    try {
      await membership(() => backoff.reset());
    } catch (error) {
      if (signal.aborted) return;
      counts.retries += 1;
      onProblem({ kind: 'connection', place, error });
    }
    await backoff.wait();
  }
}
