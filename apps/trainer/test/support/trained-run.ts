import { join } from 'node:path';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { qAnchor } from './command.js';

/** Where a dataset and a run trained on it lie. */
export interface TrainedRun {
  /** The temporary folder that holds both. */
  readonly root: string;
  readonly dataset: string;
  readonly run: string;
}

/** Simulates users, builds their pairs and trains on them, by the commands. */
export async function trainedRun(options: {
  readonly users: number;
  /** Options of `pairs`. */
  readonly pairs: readonly string[];
  /** Options of `pretrain`. */
  readonly pretrain: readonly string[];
}): Promise<TrainedRun> {
  const root = await temporaryFolder();
  const [dataset, run] = [join(root, 'dataset'), join(root, 'run')];
  for (const args of [
    ['simulate', '--users', `${options.users}`, '--seed', '3', '--out', dataset],
    ['pairs', dataset, ...options.pairs],
    ['pretrain', '--data', dataset, '--out', run, ...options.pretrain],
  ]) {
    const { code, stderr } = await qAnchor([...args, '--quiet']);
    if (code !== 0 || stderr !== '') throw new Error(`${args[0]} ended with ${code}: ${stderr}`);
  }
  return { root, dataset, run };
}
