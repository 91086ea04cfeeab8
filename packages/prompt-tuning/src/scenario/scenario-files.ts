import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { digestOf, InputError } from '@q-anchor/core';
import { z } from 'zod';

/** The version of an artefact's layout that is written and read. */
export const scenarioFormatVersion = 1;

/** Names of an artefact's files. */
export const scenarioFiles = {
  prompt: 'prompt.safetensors',
  description: 'scenario.json',
} as const;

const folder = 'scenarios';
const namePattern = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u;

/** What the description says before anything else is looked at. */
export const headerSchema = z.object({
  formatVersion: z.literal(scenarioFormatVersion, {
    error: `format version ${scenarioFormatVersion}`,
  }),
});

/** The content of `scenario.json`. */
export const scenarioSchema = headerSchema.extend({
  scenario: z.string(),
  query: z.string(),
  method: z.literal('prompt'),
  promptTokens: z.int().positive(),
  classes: z.int().min(2),
  prototypesPerClass: z.int().positive(),
  temperature: z.number().positive(),
  model: z.object({ digest: z.string(), layout: z.string(), tokenizer: z.string() }),
  dataset: z.object({ name: z.string(), digest: z.string() }),
  training: z.record(z.string(), z.union([z.number(), z.string()])),
  thresholds: z.record(z.string(), z.number()),
  calibration: z
    .object({ method: z.literal('platt'), slope: z.number(), intercept: z.number() })
    .nullable(),
  digests: z.object({ [scenarioFiles.prompt]: z.string() }),
  digest: z.string(),
});

/** The content of `scenario.json`. */
export type ScenarioFile = z.infer<typeof scenarioSchema>;

/**
 * Where a model directory keeps a scenario's artefact: `scenarios/NAME`.
 *
 * @throws {@link @q-anchor/core#InputError} if the name can't be that of a folder
 */
export function scenarioDirectory(modelDirectory: string, scenario: string): string {
  if (!namePattern.test(scenario)) {
    throw new InputError({
      where: 'scenario',
      expected: 'a name of letters, digits, spaces, dots, dashes and underscores',
      found: `"${scenario}"`,
    });
  }
  return join(modelDirectory, folder, scenario);
}

/** Names of the scenarios that a model directory has artefacts of, in order. */
export async function tunedScenarios(modelDirectory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(join(modelDirectory, folder));
    return names.filter((name) => namePattern.test(name)).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** SHA-256 of a file of a few kB, as `sha256sum` prints it. */
export const bytesDigest = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Digest of a whole artefact: of everything its description says, the tensors' digest among it. */
export const scenarioDigest = (file: Omit<ScenarioFile, 'digest'>): string => digestOf(file);
