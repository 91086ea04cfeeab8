import { join } from 'node:path';

import { InputError, pathExists } from '@q-anchor/core';
import { loadModel, openModel, type LoadedModel, type OpenedModel } from '@q-anchor/dual-tower';
import type { DatasetInfo } from '@q-anchor/useru';

import { readRunConfig, type RunConfig } from './run-config.js';
import { hasModel, runModelDir } from './run-directory.js';

/** A finished run, or a model directory. */
export interface OpenedRun<Model> {
  readonly model: Model;
  /** Where the model is. */
  readonly directory: string;
  /** How it was made; absent for a model directory by itself. */
  readonly config?: RunConfig;
}

/**
 * Opens the model of a run, or a model directory, for embedding and answering: its weights are left
 * in their files for the engine to map.
 *
 * @throws {@link @q-anchor/core#InputError} if it is neither, or the run has no model yet
 */
export async function openRun(directory: string): Promise<OpenedRun<OpenedModel>> {
  const place = await modelOf(directory);
  return { ...place, model: await openModel(place.directory) };
}

/**
 * Reads the model of a run, or a model directory, into memory, for what changes weights.
 *
 * @throws {@link @q-anchor/core#InputError} if it is neither, or the run has no model yet
 */
export async function loadRun(directory: string): Promise<OpenedRun<LoadedModel>> {
  const place = await modelOf(directory);
  return { ...place, model: await loadModel(place.directory) };
}

async function modelOf(directory: string): Promise<Omit<OpenedRun<unknown>, 'model'>> {
  if (await pathExists(join(directory, 'q-anchor.json'))) return { directory };
  const config = await readRunConfig(directory);
  if (!(await hasModel(directory))) {
    throw new InputError({
      where: directory,
      expected: 'a run with a model',
      found: 'one that has not finished',
      fix: 'Finish it: q-anchor pretrain ... --resume',
    });
  }
  return { directory: runModelDir(directory), config };
}

const names = (items: readonly { readonly name: string }[]): string[] =>
  items.map((item) => item.name);

/**
 * Sees that a dataset has what a model looks at.
 *
 * @throws {@link @q-anchor/core#InputError} naming the modality or column that is missing
 */
export function requireFittingDataset(
  { config, collate }: Pick<OpenedModel, 'config' | 'collate'>,
  { name, modalities, tabular, windowDays }: DatasetInfo,
): void {
  const check = (what: string, has: readonly string[], wanted: readonly string[]): void => {
    const missing = wanted.filter((item) => !has.includes(item));
    if (missing.length === 0) return;
    throw new InputError({
      where: `dataset ${name}, ${what}`,
      expected: `the model's ${wanted.join(', ')}`,
      found: `no ${missing.join(', ')}`,
      fix: 'Take a dataset of the kind the model was trained on',
    });
  };
  check('modalities', names(modalities), names(config.users.modalities));
  check('tabular columns', names(tabular.columns), names(collate.tabular.columns));
  if (windowDays !== config.users.windowDays) {
    throw new InputError({
      where: `dataset ${name}, windowDays`,
      expected: `${config.users.windowDays}, as in training`,
      found: `${windowDays}`,
    });
  }
}
