import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { createRandom, InputError } from '@q-anchor/core';

import type { DatasetInfo } from '../dataset/dataset-info.js';
import { importManifest } from '../import/import-manifest.js';
import { writePopulation } from './population-files.js';
import { simulationManifest } from './simulation-manifest.js';

/** How far {@link simulateDataset} has come. */
export interface SimulationProgress {
  /** `people`: living their days; `import`: making the dataset directory. */
  readonly phase: 'people' | 'import';
  /** People, or sections of the import, done. */
  readonly done: number;
  /** All of them. */
  readonly total: number;
}

/** What {@link simulateDataset} takes. */
export interface SimulateOptions {
  /** How many people. */
  readonly users: number;
  /** The same seed gives the same dataset. */
  readonly seed: number;
  /** The dataset directory to make. */
  readonly outputDir: string;
  /** Replace what is at `outputDir`; default: an error if there is anything. */
  readonly overwrite?: boolean;
  /** Stops the simulation; nothing is left behind. */
  readonly signal?: AbortSignal;
  /** Told now and then. */
  readonly onProgress?: (progress: SimulationProgress) => void;
}

/**
 * Simulates a population and makes a dataset directory of it, as an import does.
 *
 * People with latent traits (activity and its drift, income, interests, price sensitivity,
 * diligence, debt, liking of takeaway food, intent to defraud) live 120 days. The traits drive five
 * event modalities (bill, mini, spm, search, app) with weekly rhythm, and a profile. The scenarios
 * `active`, `takeout`, `promo` and `fraud` ask for events in the 30 days after day 90. People of
 * train (60 %) and validation (15 %) have a second reference at day 60 for pre-training. In a small
 * population a scenario may lack a label in some split: it is left out.
 *
 * @returns what the dataset holds
 * @throws {@link @q-anchor/core#InputError} if `users` is not an integer of at least 20, the fewest
 * that fill three splits, or `outputDir` is taken
 * @example
 * ```ts
 * const info = await simulateDataset({ users: 2000, seed: 1, outputDir: 'simulated' });
 * info.scenarios.map(({ name }) => name); // ['active', 'takeout', 'promo', 'fraud']
 * ```
 */
export async function simulateDataset(options: SimulateOptions): Promise<DatasetInfo> {
  const { users, seed, outputDir, overwrite = false, signal, onProgress = () => {} } = options;
  if (!Number.isInteger(users) || users < 20) {
    throw new InputError({
      where: 'users',
      expected: 'an integer of at least 20',
      found: `${users}`,
    });
  }
  const random = createRandom(seed);
  const parent = dirname(resolve(outputDir));
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, '.simulation-'));
  try {
    const scenarios = await writePopulation(directory, {
      users,
      random,
      signal,
      onPeople: (done) => onProgress({ phase: 'people', done, total: users }),
    });
    const manifestPath = join(directory, 'manifest.yaml');
    await writeFile(manifestPath, simulationManifest(scenarios));
    return await importManifest({
      manifestPath,
      outputDir,
      overwrite,
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ done, total }) => onProgress({ phase: 'import', done, total }),
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
