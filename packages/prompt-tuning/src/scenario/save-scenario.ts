import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeSafetensors } from '@q-anchor/backbone';
import { makeDirectoryAtomic, writeJson } from '@q-anchor/core';

import { tunedNames } from '../tune/step-program.js';
import { bytesDigest, scenarioDigest, scenarioDirectory, scenarioFiles } from './scenario-files.js';
import { scenarioFormatVersion, type ScenarioFile } from './scenario-schema.js';
import { storedScoring } from './scoring-tensors.js';
import type { TunedScenario } from './tuned-scenario.js';

/**
 * Writes a scenario's artefact into a model directory, as `scenarios/NAME/`, whole or not at all; one
 * that is there is replaced. `prompt.safetensors` holds prompts and prototypes, `scenario.json` the
 * rest with digests; together they are a few kB.
 *
 * @param modelDirectory - the model it was tuned on
 * @param tuned - what was tuned
 * @returns the digest of the whole
 * @throws {@link @q-anchor/core#InputError} if the scenario's name can't be that of a folder
 */
export async function saveScenario(modelDirectory: string, tuned: TunedScenario): Promise<string> {
  const { prompts, prototypes, scoring, ...described } = tuned;
  const { json, tensors } = storedScoring(scoring);
  const fill = async (temporary: string): Promise<string> => {
    const path = join(temporary, scenarioFiles.prompt);
    await writeSafetensors(path, {
      [tunedNames.prompts]: prompts,
      [tunedNames.prototypes]: prototypes,
      ...tensors,
    });
    const content = {
      formatVersion: scenarioFormatVersion,
      ...described,
      carried: described.carried as ScenarioFile['carried'],
      scoring: json,
      method: 'prompt',
      promptTokens: prompts.shape[0]!,
      prototypesPerClass: prototypes.shape[0]! / tuned.classes,
      digests: { [scenarioFiles.prompt]: bytesDigest(await readFile(path)) },
    } as const;
    const digest = scenarioDigest(content);
    await writeJson(join(temporary, scenarioFiles.description), { ...content, digest });
    return digest;
  };
  return makeDirectoryAtomic(scenarioDirectory(modelDirectory, tuned.scenario), {
    overwrite: true,
    fill,
  });
}
