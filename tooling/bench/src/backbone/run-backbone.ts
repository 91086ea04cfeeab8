import { matrixProductShare, type KernelTimes } from '@q-anchor/backend';

import { createChildMeasurer } from '../measure/child.js';
import { machineLines, thisMachine } from '../measure/machine.js';
import { ownProcess } from '../measure/own-process.js';
import { referenceProduct } from '../report/result.js';
import { kernelTable } from '../report/table.js';
import type { QuantisedWeights } from '../workloads/workload.js';
import {
  backboneReport,
  type BackboneReport,
  type BackboneRound,
  type ReadingPrecision,
} from './backbone-result.js';
import { quantisedFile } from './quantised-file.js';
import type { ReadingTask } from './decoder-program.js';
import { queriesInTurn, type QueryTurn } from './queries-in-turn.js';
import { prefixKernelTimes, readingHere, type Reading } from './reading-here.js';

/** The sub-command that makes this program read a decoder and answer with a JSON line. */
export const readingChildCommand = 'reading-child';

/** What the bench is asked for. */
export interface BackboneArguments extends Omit<ReadingTask, 'quantised'> {
  /** Rounds; each reads in every precision and times the product. */
  readonly rounds: number;
  /** Integers to quantise the weights to, before and elsewhere. */
  readonly weights?: QuantisedWeights;
}

interface ReadingChildTask extends ReadingTask {
  readonly job: 'reading' | 'turns' | 'kernel-times';
}

/** The child's side: does the task and returns its answer. */
export function readingChildAnswer(
  taskText: string,
): Promise<Reading | readonly QueryTurn[] | KernelTimes> {
  const { job, ...task } = JSON.parse(taskText) as ReadingChildTask;
  if (job === 'turns') return queriesInTurn({ ...task, quantised: task.quantised! });
  return job === 'reading' ? readingHere(task) : prefixKernelTimes(task);
}

/** Timed runs of the product in a process. */
const productRuns = 9;

/**
 * Loads and reads a decoder in rounds, each precision in a process of its own, both in turn in one
 * more, and one large product in another; then once with the profiler on.
 *
 * @param request - directory, precision, tokens, rounds
 * @param parts - URL of the file that was started, where progress goes, a signal
 */
export async function runBackbone(
  request: BackboneArguments,
  parts: {
    readonly entry: string;
    readonly say: (line: string) => void;
    readonly signal?: AbortSignal;
  },
): Promise<BackboneReport> {
  const { weights, rounds: count, ...task } = request;
  const { entry, say, signal } = parts;
  const { threads } = task;
  for (const line of machineLines(thisMachine())) say(line);
  const file = weights === undefined ? undefined : await quantisedFile(task.directory, weights);
  const ask = (child: ReadingChildTask): Promise<unknown> =>
    ownProcess(entry, {
      command: readingChildCommand,
      task: child,
      what: `reading ${task.directory}`,
      signal,
    });
  const reading = async (quantised?: string): Promise<Reading> =>
    (await ask({
      ...task,
      job: 'reading',
      ...(quantised !== undefined && { quantised }),
    })) as Reading;
  const child = createChildMeasurer(entry, signal);
  try {
    const rounds: BackboneRound[] = [];
    for (let i = 0; i < count; i++) {
      const readings: Partial<Record<ReadingPrecision, Reading>> = { f32: await reading() };
      const product = await child.timing(referenceProduct, {
        runs: productRuns,
        ...(threads !== undefined && { threads }),
      });
      let turns: readonly QueryTurn[] = [];
      if (weights !== undefined && file) {
        readings[weights] = await reading(file.path);
        turns = (await ask({ ...task, job: 'turns', quantised: file.path })) as QueryTurn[];
      }
      rounds.push({ readings, turns, product });
      for (const [precision, { prefixSeconds, querySeconds }] of Object.entries(readings)) {
        say(
          `  round ${i + 1} of ${count}: ${precision}, prefix ${prefixSeconds.toFixed(2)} s, ` +
            `query ${(1000 * querySeconds).toFixed(1)} ms, product ${product.ms.toFixed(1)} ms`,
        );
      }
    }
    const kernelTimes = (await ask({ ...task, job: 'kernel-times' })) as KernelTimes;
    say(kernelTable(kernelTimes, 8));
    return backboneReport(rounds, matrixProductShare(kernelTimes));
  } finally {
    await file?.remove();
  }
}
