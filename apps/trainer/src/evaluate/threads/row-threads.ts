import { setImmediate } from 'node:timers/promises';

import { QAnchorError } from '@q-anchor/core';
import { Tinypool } from 'tinypool';

import type { RowTask } from '../rows/row-task.js';
import { solveRow, type SolvedRow } from '../rows/solve-row.js';
import type { ThreadAnswer } from './thread-answer.js';

/** Fits and scores rows. */
export interface RowSolver {
  /** Tasks that it works on at a time; each holds its features in memory. */
  readonly lanes: number;
  /**
   * Solves a row. What the task holds may move to a thread: it is not for use afterwards.
   *
   * @throws the signal's reason if it is aborted, and what fitting throws
   */
  solve(task: RowTask): Promise<SolvedRow>;
}

/** Features with fewer numbers are solved sooner than a thread starts. */
const smallTask = 2 ** 18;

/**
 * Solves rows in threads, started where the first large task comes.
 *
 * @param options - how many threads, and what ends them in the middle of a task
 */
export function createRowThreads({
  threads,
  signal,
}: {
  readonly threads: number;
  readonly signal: AbortSignal;
}): RowSolver & AsyncDisposable {
  let pool: Tinypool | undefined;
  const started = (): Tinypool =>
    (pool ??= new Tinypool({
      // Beside this file's built form; in the source tree a loader of the same name.
      filename: new URL('./row-worker.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: threads,
    }));
  return {
    lanes: threads,
    async solve(task) {
      await setImmediate(); // a stop is heard between tasks that are solved here
      signal.throwIfAborted();
      const parts = partsOf(task);
      const numbers = parts.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
      if (numbers < smallTask) return solveRow(task);
      const transferList = parts.map(
        ({ features }) => (features as Float64Array<ArrayBuffer>).buffer,
      );
      const answer = await started()
        .run(task, { transferList, signal })
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw error;
        });
      return rowOf(answer as ThreadAnswer);
    },
    async [Symbol.asyncDispose]() {
      await pool?.destroy();
    },
  };
}

function rowOf(answer: ThreadAnswer): SolvedRow {
  if (answer.kind === 'solved') return answer.row;
  throw new QAnchorError(answer.code, answer.message);
}

const partsOf = ({ known, test }: RowTask) =>
  'folds' in known ? [known.users, test] : [known.train, known.validation, test];
