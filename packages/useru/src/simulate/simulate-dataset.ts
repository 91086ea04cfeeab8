import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { createRandom, InputError, makeDirectoryAtomic } from '@q-anchor/core';

import type { DatasetInfo } from '../dataset/dataset-info.js';
import { importManifest } from '../import/import-manifest.js';
import { chunksOf } from './chunks.js';
import { createOutcomes } from './outcomes.js';
import { simulationManifest } from './simulation-manifest.js';
import { writeSimulationTruth } from './simulation-truth.js';
import { runChunks } from './threads/run-chunks.js';

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
  /** Days before the reference, at least 60; default 90. People live on for 35 days after it. */
  readonly windowDays?: number;
  /** Threads; default: as many as there are processors. The dataset doesn't depend on it. */
  readonly workers?: number;
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
 * People have latent traits (income and pay day, household, city, interests, price sensitivity,
 * diligence, debt, activity, criminal intent, night life, ...) that life events change, and hidden
 * modes that turn on and off over weeks. Traits drive how much people do of what in five event
 * modalities (bill, mini, spm, search, app) and a profile; modes drive in which order and at what
 * distance. Ten scenarios with the paper's names ask for an event in the 30 days after the reference;
 * its probability follows from traits and modes at the reference, the label is a draw of it. People
 * of train (60 %) and validation (15 %) have a second reference 30 days earlier for pre-training. In
 * a small population a scenario may lack a label in some split: it is left out.
 *
 * Beside the dataset's files lie the true probabilities: {@link readSimulationTruth} and
 * {@link readTrueProbabilities} read them.
 *
 * @returns what the dataset holds
 * @throws {@link @q-anchor/core#InputError} if `users` is not an integer of at least 20, the fewest
 * that fill three splits, another number is out of range, or `outputDir` is taken
 * @example
 * ```ts
 * const info = await simulateDataset({ users: 2000, seed: 1, outputDir: 'simulated' });
 * info.scenarios.map(({ name }) => name); // ['active', 'concert', 'login', 'forest', 'fraud', ...]
 * ```
 */
export async function simulateDataset(options: SimulateOptions): Promise<DatasetInfo> {
  const { users, seed, outputDir, overwrite = false, signal, onProgress = () => {} } = options;
  const { windowDays = 90, workers = availableParallelism() } = options;
  requireInteger('users', users, 20);
  requireInteger('windowDays', windowDays, 60);
  requireInteger('workers', workers, 1);
  createRandom(seed); // refuses what is no seed
  return makeDirectoryAtomic(outputDir, {
    overwrite,
    fill: async (directory) => {
      // All on the way to the dataset lies inside the unfinished directory: it goes where that goes.
      const scratch = join(directory, '.scratch');
      const [parts, dataset] = [join(scratch, 'parts'), join(scratch, 'dataset')];
      await mkdir(parts, { recursive: true });
      const outcomes = createOutcomes(users);
      let people = 0;
      await runChunks(chunksOf(users, { seed, windowDays, directory: parts }), {
        workers,
        signal,
        onOutcome: (outcome, { start, end }) => {
          outcomes.add(outcome, start);
          people += end - start;
          onProgress({ phase: 'people', done: people, total: users });
        },
      });
      const manifestPath = join(parts, 'manifest.yaml');
      await writeFile(manifestPath, simulationManifest(outcomes.usable(), { windowDays }));
      const info = await importManifest({
        manifestPath,
        outputDir: dataset,
        ...(signal === undefined ? {} : { signal }),
        onProgress: ({ done, total }) => onProgress({ phase: 'import', done, total }),
      });
      await writeSimulationTruth(dataset, { truth: outcomes.truth(seed), partsDirectory: parts });
      for (const name of await readdir(dataset)) {
        await rename(join(dataset, name), join(directory, name));
      }
      await rm(scratch, { recursive: true });
      signal?.throwIfAborted();
      return info;
    },
  });
}

const requireInteger = (where: string, value: number, least: number): void => {
  if (Number.isInteger(value) && value >= least) return;
  throw new InputError({ where, expected: `an integer of at least ${least}`, found: `${value}` });
};
