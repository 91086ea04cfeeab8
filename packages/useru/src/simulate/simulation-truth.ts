import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, writeJson } from '@q-anchor/core';
import { z } from 'zod';

import { openDatabase } from '../dataset/database.js';
import { quoteOption, quoteText } from '../dataset/sql-text.js';
import { simulationTables } from './simulation-manifest.js';

/** How hard a simulated scenario is. */
export interface SimulatedScenarioTruth {
  /** How many days after the reference its event may happen. */
  readonly windowDays: number;
  /** The mean of the true probabilities. */
  readonly baseRate: number;
  /** The share of people whose event happened. */
  readonly positiveRate: number;
  /** The AUC that the true probabilities are expected to reach: nobody can do better. */
  readonly bayesAuc: number;
}

/** What only the maker of a simulated world knows: the content of its `simulation.json`. */
export interface SimulationTruth {
  /** How many people. */
  readonly users: number;
  /** The seed. */
  readonly seed: number;
  /** By scenario, in their order; also those that the dataset leaves out. */
  readonly scenarios: Readonly<Record<string, SimulatedScenarioTruth>>;
}

const truthFile = 'simulation.json';
const probabilitiesFile = 'truth.parquet';

const schema = z.object({
  users: z.number(),
  seed: z.number(),
  scenarios: z.record(
    z.string(),
    z.object({
      windowDays: z.number(),
      baseRate: z.number(),
      positiveRate: z.number(),
      bayesAuc: z.number(),
    }),
  ),
});

/** Writes the truth of a simulation beside the dataset's files, from the parts in a folder. */
export async function writeSimulationTruth(
  directory: string,
  options: { readonly truth: SimulationTruth; readonly partsDirectory: string },
): Promise<void> {
  const { truth, partsDirectory } = options;
  const database = await openDatabase(':memory:', {});
  try {
    const parts = quoteText(join(partsDirectory, 'truth-*.csv'));
    const columns = quoteOption(simulationTables['truth']!);
    await database.connection.run(
      `COPY (SELECT * FROM read_csv(${parts}, header = false, auto_detect = false, columns = ${columns})
       ORDER BY user_id) TO ${quoteText(join(directory, probabilitiesFile))} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    database.close();
  }
  await writeJson(join(directory, truthFile), truth);
}

const noSimulation = (directory: string, cause: unknown): InputError =>
  new InputError(
    {
      where: directory,
      expected: 'a simulated dataset',
      found: `no readable ${truthFile} or ${probabilitiesFile}`,
      fix: 'Make one by a simulation',
    },
    { cause },
  );

/**
 * Reads how hard the scenarios of a simulated dataset are.
 *
 * @throws {@link @q-anchor/core#InputError} if the folder is no simulated dataset
 */
export async function readSimulationTruth(directory: string): Promise<SimulationTruth> {
  try {
    return schema.parse(JSON.parse(await readFile(join(directory, truthFile), 'utf8')));
  } catch (error) {
    throw noSimulation(directory, error);
  }
}

/**
 * Reads the true probabilities of a simulated scenario at the reference, by user.
 *
 * They come from traits and hidden modes that no profile shows: to measure against, never to train on.
 *
 * @throws {@link @q-anchor/core#InputError} if the folder is no simulated dataset, or has no such scenario
 */
export async function readTrueProbabilities(
  directory: string,
  scenario: string,
): Promise<ReadonlyMap<string, number>> {
  const { scenarios } = await readSimulationTruth(directory);
  if (!Object.hasOwn(scenarios, scenario)) {
    throw new InputError({
      where: 'scenario',
      expected: `one of ${Object.keys(scenarios).join(', ')}`,
      found: `"${scenario}"`,
    });
  }
  const database = await openDatabase(':memory:', {});
  try {
    const reader = await database.connection.runAndReadAll(
      `SELECT user_id, ${scenario} FROM read_parquet(${quoteText(join(directory, probabilitiesFile))})`,
    );
    const [users = [], probabilities = []] = reader.getColumns();
    return new Map(users.map((user, i) => [user as string, probabilities[i] as number]));
  } catch (error) {
    throw noSimulation(directory, error);
  } finally {
    database.close();
  }
}
