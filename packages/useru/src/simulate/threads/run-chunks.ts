import { Worker } from 'node:worker_threads';

import type { ChunkOutcome, ChunkRequest } from '../chunks.js';
import type { ThreadAnswer } from './thread-answer.js';

/**
 * Has chunks written by threads. When stopped, or when a chunk fails, those at work finish their
 * chunk first and no more are handed out.
 *
 * @param chunks - in the order to hand them out
 * @throws what stopped it
 */
export async function runChunks(
  chunks: readonly ChunkRequest[],
  options: {
    readonly workers: number;
    readonly signal: AbortSignal | undefined;
    readonly onOutcome: (outcome: ChunkOutcome, request: ChunkRequest) => void;
  },
): Promise<void> {
  const { workers, signal, onOutcome } = options;
  const queue = chunks.values(); // all threads take from it
  let failure: Error | undefined;
  const work = async (): Promise<void> => {
    // Beside this file's built form; in the source tree a loader of the same name.
    const worker = new Worker(new URL('./simulate-worker.js', import.meta.url));
    try {
      for (const request of queue) {
        if (failure !== undefined || signal?.aborted === true) return;
        onOutcome(await answerOf(worker, request), request);
      }
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, chunks.length) }, work));
  signal?.throwIfAborted();
  if (failure !== undefined) throw failure;
}

const answerOf = (worker: Worker, request: ChunkRequest): Promise<ChunkOutcome> =>
  new Promise((resolve, reject) => {
    const onMessage = (answer: ThreadAnswer): void => {
      if (answer.kind === 'done') settle(() => resolve(answer.outcome));
      else settle(() => reject(new Error(answer.message)));
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (code: number): void =>
      settle(() => reject(new Error(`A simulating thread ended with exit code ${code}`)));
    const settle = (then: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      then();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(request, []);
  });
