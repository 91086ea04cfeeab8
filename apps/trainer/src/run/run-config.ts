import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { BertPooling } from '@q-anchor/backbone';
import { InputError, writeJson } from '@q-anchor/core';
import { z } from 'zod';

import type { Hyperparameters } from '../presets/hyperparameters.js';
import { presets } from '../presets/presets.js';

/** The version of the run directory's layout. */
const formatVersion = 1;

/** What a run was made with: the content of its `config.json`. */
export interface RunConfig {
  /** The preset it started from. */
  readonly preset: string;
  /** Seed of start values, batches and draws. */
  readonly seed: number;
  /** Preset and options together. */
  readonly hyperparameters: Hyperparameters;
  /** The directory of the decoder it began with, if it was not trained from scratch. */
  readonly backbone?: string;
  /** The directory of its text encoder, if that is BERT, and how it makes one vector of a text. */
  readonly textEncoder?: string;
  readonly textEncoderPooling?: BertPooling;
  /** What it was trained on. */
  readonly dataset: { readonly name: string; readonly digest: string };
  /** Training reference points. */
  readonly trainUsers: number;
  /** Query-answer pairs of theirs. */
  readonly trainPairs: number;
  /** Digest of the tokenizer, which depends on texts, pairs and seed. */
  readonly tokenizer: string;
  /** Numbers in the model. */
  readonly parameters: number;
}

const schema = z.object({
  formatVersion: z.literal(formatVersion),
  preset: z.string(),
  seed: z.int().nonnegative(),
  hyperparameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  backbone: z.string().optional(),
  textEncoder: z.string().optional(),
  textEncoderPooling: z.enum(['cls', 'mean']).optional(),
  dataset: z.object({ name: z.string(), digest: z.string() }),
  trainUsers: z.int(),
  trainPairs: z.int(),
  tokenizer: z.string(),
  parameters: z.int(),
});

const pathOf = (runDir: string): string => join(runDir, 'config.json');

/** Writes a run's `config.json`. */
export async function writeRunConfig(runDir: string, config: RunConfig): Promise<void> {
  const content = { formatVersion, ...config };
  await writeJson(pathOf(runDir), content);
}

/**
 * Reads a run's `config.json`.
 *
 * @throws {@link @q-anchor/core#InputError} if the folder is no run
 */
export async function readRunConfig(runDir: string): Promise<RunConfig> {
  const problem = (found: string, cause?: unknown): InputError =>
    new InputError(
      {
        where: pathOf(runDir),
        expected: `the configuration of a run, format version ${formatVersion}`,
        found,
        fix: 'Make a run with q-anchor pretrain',
      },
      { cause },
    );
  let text: string;
  try {
    text = await readFile(pathOf(runDir), 'utf8');
  } catch (error) {
    throw problem('no readable file', error);
  }
  try {
    const config = schema.parse(JSON.parse(text)) as unknown as RunConfig;
    // What became a setting after a run was made is in it as presets have it: as it always was.
    return { ...config, hyperparameters: { ...presets.nano, ...config.hyperparameters } };
  } catch (error) {
    throw problem('a file that is none', error);
  }
}
