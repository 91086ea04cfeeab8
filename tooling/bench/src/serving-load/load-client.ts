import { Agent, request } from 'node:http';

/** One request of a load. */
export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** What came of a load. */
export interface LoadOutcome {
  /** Seconds from the first request to the last answer. */
  readonly seconds: number;
  /** Answers by status; 0 is a connection that failed. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Milliseconds of each answer with status 200, ascending. */
  readonly milliseconds: Float64Array;
  /** Answers with 429 that did not say when to come again. */
  readonly withoutRetryAfter: number;
}

/** Milliseconds that a share of the answers stayed below. */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

/**
 * Asks a server without pause, so many requests at once, each as soon as one is answered.
 *
 * @param url - of the server
 * @param options - how many at once, until when, and what is asked
 */
export async function runLoad(
  url: string,
  options: {
    readonly connections: number;
    readonly seconds: number;
    readonly next: () => LoadRequest;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<LoadOutcome> {
  const { connections, seconds, next, signal } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const statuses: Record<number, number> = {};
  const taken: number[] = [];
  let withoutRetryAfter = 0;
  const ask = ({ method, path, body }: LoadRequest): Promise<number> =>
    new Promise((resolve) => {
      const payload = Buffer.from(JSON.stringify(body));
      const headers = { 'content-type': 'application/json', 'content-length': payload.length };
      const sent = request(`${url}${path}`, { method, agent, headers }, (answer) => {
        const { statusCode = 0 } = answer;
        if (statusCode === 429 && answer.headers['retry-after'] === undefined) withoutRetryAfter++;
        answer.resume();
        answer.on('end', () => resolve(statusCode));
        answer.on('error', () => resolve(0));
      });
      sent.on('error', () => resolve(0));
      sent.end(payload);
    });
  const start = performance.now();
  const end = start + 1000 * seconds;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      signal?.throwIfAborted();
      const asked = performance.now();
      const status = await ask(next());
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) taken.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  return {
    seconds: (performance.now() - start) / 1000,
    statuses,
    milliseconds: Float64Array.from(taken).toSorted(),
    withoutRetryAfter,
  };
}
