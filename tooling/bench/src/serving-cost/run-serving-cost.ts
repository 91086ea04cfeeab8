import type { StorageError } from '@q-anchor/kv-serving';

import { machineLines, thisMachine } from '../measure/machine.js';
import { ownProcess } from '../measure/own-process.js';
import { costHere, storageErrorsHere, type CostResult, type CostTask } from './cost-here.js';
import { overheadHere, type Overhead } from './overhead-here.js';
import type { ServingCostArguments } from './serving-cost-arguments.js';

/** The sub-command that makes this program time a serving and answer with a JSON line. */
export const servingCostChildCommand = 'serving-cost-child';

/** What the bench found out. */
export interface ServingCostReport {
  /** By storage. */
  readonly costs: readonly CostResult[];
  /** What serving adds to a warm query, by storage and engine. */
  readonly overheads: readonly Overhead[];
  /** What storage does to embeddings; none where it was not asked for. */
  readonly errors: readonly StorageError[];
}

interface ChildTask extends CostTask {
  readonly job: 'cost' | 'overhead' | 'errors';
}

/** The child's side: does the task and returns its answer. */
export function servingCostChildAnswer(taskText: string): Promise<unknown> {
  const { job, ...task } = JSON.parse(taskText) as ChildTask;
  if (job === 'cost') return costHere(task);
  return job === 'overhead' ? overheadHere(task) : storageErrorsHere(task);
}

/**
 * Times requests on cached prefixes, each storage in a process of its own; then what serving adds to a
 * warm query; then, where asked for, errors of storage.
 *
 * @param request - directory, tokens, queries, storages, rounds
 * @param parts - URL of the file that was started, where progress goes, a signal
 */
export async function runServingCost(
  request: ServingCostArguments,
  parts: {
    readonly entry: string;
    readonly say: (line: string) => void;
    readonly signal?: AbortSignal;
  },
): Promise<ServingCostReport> {
  const { storages, hasErrors, ...rest } = request;
  const { entry, say, signal } = parts;
  for (const line of machineLines(thisMachine())) say(line);
  const ask = (job: ChildTask['job'], storage: CostTask['storage']): Promise<unknown> =>
    ownProcess(entry, {
      command: servingCostChildCommand,
      task: { ...rest, storage, job },
      what: `serving on ${request.directory}`,
      signal,
    });
  const costs: CostResult[] = [];
  for (const storage of storages) {
    say(`requests, keys and values in ${storage}`);
    costs.push((await ask('cost', storage)) as CostResult);
  }
  say('what serving adds to a warm query');
  const overheads = (await ask('overhead', 'f32')) as Overhead[];
  if (hasErrors) say('errors of storage');
  const errors = hasErrors ? ((await ask('errors', 'f32')) as StorageError[]) : [];
  return { costs, overheads, errors };
}

const seconds = (value: number): string => `${value.toFixed(3)} s`;

function costText({ storage, rows, ...cost }: CostResult): string {
  const lines = rows.map(
    ({ queries, fullSeconds, coldSeconds, warmSeconds, coldShare, warmShare }) =>
      `| ${queries} | ${seconds(fullSeconds)} | ${seconds(coldSeconds)} | ${coldShare.toFixed(3)} | ` +
      `${seconds(warmSeconds)} | ${warmShare.toFixed(3)} |`,
  );
  return [
    `${storage}: ${cost.prefixTokens} tokens of prefix, ${(cost.cachedBytes / 1e6).toFixed(1)} MB cached, ` +
      `queries of ${cost.queryTokens}, a full run ${seconds(cost.fullSeconds)}, largest size ${cost.peakMB.toFixed(0)} MB`,
    '',
    '| queries | full runs | cold | share | warm | share |',
    '| ------- | --------- | ---- | ----- | ---- | ----- |',
    ...lines,
    '',
  ].join('\n');
}

const overheadText = ({ storage, engine, addedMs, quartilesMs, runMs }: Overhead): string =>
  `${storage}, engine ${engine === 'here' ? 'on the same thread' : 'in a worker'}: ` +
  `${addedMs.toFixed(1)} ms more than the run of ${runMs.toFixed(1)} ms ` +
  `(quartiles ${quartilesMs.map((ms) => ms.toFixed(1)).join(' and ')})`;

const errorText = ({ storage, agreement, largestRelativeError, ...error }: StorageError): string =>
  `${storage}: ${(error.bytesPerToken / 1000).toFixed(1)} kB a token, cosine to f32 ` +
  `${agreement.mean.toFixed(7)}, lowest ${agreement.worst.toFixed(7)} of ${agreement.count}, ` +
  `largest relative error ${largestRelativeError.toExponential(1)}`;

/** A report for people. */
export const servingCostText = ({ costs, overheads, errors }: ServingCostReport): string =>
  [...costs.map(costText), ...overheads.map(overheadText), ...errors.map(errorText)].join('\n');
