import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { adapterFiles } from '@q-anchor/backbone';
import { digestOf, InputError } from '@q-anchor/core';

import type { ScenarioFile } from './scenario-schema.js';

/** Names of an artefact's files. */
export const scenarioFiles = {
  prompt: 'prompt.safetensors',
  description: 'scenario.json',
} as const;

/** Those beside them where adapters were tuned, in PEFT's form. */
export const scenarioAdapterFiles = [adapterFiles.config, adapterFiles.weights] as const;

const folder = 'scenarios';
const namePattern = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u;

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
export const scenarioDigest = (file: Omit<ScenarioFile, 'digest'>): string =>
  // As the file has it: JSON knows no -0, and no key without a value.
  digestOf(JSON.parse(JSON.stringify(file)));
