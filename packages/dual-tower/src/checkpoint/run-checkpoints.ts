import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { openSafetensors, writeSafetensors } from '@q-anchor/backbone';
import { InputError, makeDirectoryAtomic, parsedBy, readJson, writeJson } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';
import { z } from 'zod';

import type { TrainingCheckpoint } from '../train/pretrain.js';
import { fileDigest } from './file-digest.js';

const formatVersion = 1;
const folder = 'checkpoints';
const stateFile = 'state.safetensors';
const descriptionFile = 'checkpoint.json';
const directoryPattern = /^step-(\d{6,})$/u;

const schema = z.object({
  formatVersion: z.literal(formatVersion, { error: `format version ${formatVersion}` }),
  step: z.int().nonnegative(),
  digest: z.string(),
  base: z.string().optional(),
});

/** The steps a run has checkpoints of, newest first. */
async function checkpointSteps(runDir: string): Promise<number[]> {
  let names: readonly string[];
  try {
    names = await readdir(join(runDir, folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => directoryPattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => b - a);
}

const directoryOf = (runDir: string, step: number): string =>
  join(runDir, folder, `step-${String(step).padStart(6, '0')}`);

/**
 * Writes a checkpoint of a run as `checkpoints/step-000200/`, whole or not at all, and removes older
 * ones.
 *
 * @param runDir - the run directory
 * @param checkpoint - steps done, and the state to go on from
 * @param options - `keep`: how many checkpoints stay, this one included. Default 2
 */
export async function saveCheckpoint(
  runDir: string,
  checkpoint: TrainingCheckpoint,
  options: { readonly keep?: number } = {},
): Promise<void> {
  const { keep = 2 } = options;
  const { step, state, base } = checkpoint;
  await makeDirectoryAtomic(directoryOf(runDir, step), {
    overwrite: true,
    fill: async (temporary) => {
      await writeSafetensors(join(temporary, stateFile), state);
      const digest = await fileDigest(join(temporary, stateFile));
      const description = { formatVersion, step, digest, ...(base !== undefined && { base }) };
      await writeJson(join(temporary, descriptionFile), description);
    },
  });
  const steps = await checkpointSteps(runDir);
  for (const old of steps.slice(keep)) {
    await rm(directoryOf(runDir, old), { recursive: true, force: true });
  }
}

/**
 * Reads the newest checkpoint of a run that is whole; one with a missing, truncated or changed file
 * is passed over.
 *
 * @param runDir - the run directory
 * @param options - `base`: digest of what is frozen now, where anything is
 * @returns nothing if the run has no checkpoint
 * @throws {@link @q-anchor/core#InputError} if the checkpoint belongs to another base
 */
export async function loadLatestCheckpoint(
  runDir: string,
  options: { readonly base?: string | undefined } = {},
): Promise<TrainingCheckpoint | undefined> {
  const checkpoint = await latestWhole(runDir);
  if (checkpoint && checkpoint.base !== options.base) {
    throw new InputError({
      where: directoryOf(runDir, checkpoint.step),
      expected: `the base it was trained on, ${checkpoint.base ?? 'none'}`,
      found: options.base ?? 'none',
      fix: 'Give the backbone and text encoder that the run began with',
    });
  }
  return checkpoint;
}

async function latestWhole(runDir: string): Promise<TrainingCheckpoint | undefined> {
  for (const step of await checkpointSteps(runDir)) {
    try {
      return await readCheckpoint(directoryOf(runDir, step), step);
    } catch (error) {
      if (!InputError.isInstance(error)) throw error;
    }
  }
  return undefined;
}

async function readCheckpoint(directory: string, step: number): Promise<TrainingCheckpoint> {
  const path = join(directory, descriptionFile);
  const description = parsedBy(await readJson(path), { schema, where: path });
  const statePath = join(directory, stateFile);
  await using source = await openSafetensors(statePath);
  const found = await fileDigest(statePath);
  if (description.step !== step || description.digest !== found) {
    throw new InputError({
      where: directory,
      expected: `step ${step} with digest ${description.digest}`,
      found: `step ${description.step} with digest ${found}`,
    });
  }
  const state: Record<string, TensorData> = {};
  for (const name of source.names) state[name] = await source.read(name);
  const { base } = description;
  return { step, state, ...(base !== undefined && { base }) };
}
