import { buildPairs, importManifest, openDataset } from '@q-anchor/useru';

import { largestMB } from '../measure/largest-size.js';

/** An import or a building of pairs, to be measured in a process of its own. */
export type StageTask =
  | {
      readonly stage: 'import';
      readonly manifestPath: string;
      readonly dataset: string;
      readonly threads: number;
    }
  | { readonly stage: 'pairs'; readonly dataset: string; readonly threads: number };

/** What one of them took. */
export interface StageResult {
  /** Events imported, or pairs built. */
  readonly items: number;
  /** Seconds. */
  readonly seconds: number;
  /** Seconds of all its threads on a processor: other work on the machine doesn't add to them. */
  readonly cpuSeconds: number;
  /** Largest resident size of its process, in MB. */
  readonly peakMB: number;
}

/** Does a stage in this process. */
export async function stageHere(task: StageTask): Promise<StageResult> {
  const startedAt = performance.now();
  const items = task.stage === 'import' ? await importEvents(task) : await buildAllPairs(task);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage();
  return { items, seconds, cpuSeconds: (user + system) / 1e6, peakMB: largestMB() };
}

const importEvents = async (task: StageTask & { stage: 'import' }): Promise<number> => {
  const { manifestPath, dataset, threads } = task;
  const { counts } = await importManifest({ manifestPath, outputDir: dataset, threads });
  return Object.values(counts.events).reduce((sum, { rows }) => sum + rows, 0);
};

const buildAllPairs = async ({ dataset: directory, threads }: StageTask): Promise<number> => {
  await using dataset = await openDataset(directory, { threads });
  const { sources } = await buildPairs({ dataset, seed: 1 });
  return sources.future.pairs + sources.uqa.pairs;
};
