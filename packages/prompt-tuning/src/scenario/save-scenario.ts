import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  writeAdapters,
  writeSafetensors,
  type Adapters,
  type ParameterSpec,
} from '@q-anchor/backbone';
import { makeDirectoryAtomic, writeJson } from '@q-anchor/core';

import { tunedNames } from '../tune/tuned-names.js';
import {
  bytesDigest,
  scenarioAdapterFiles,
  scenarioDigest,
  scenarioDirectory,
  scenarioFiles,
} from './scenario-files.js';
import { scenarioFormatVersion, type ScenarioFile } from './scenario-schema.js';
import { storedScoring } from './scoring-tensors.js';
import type { TunedScenario } from './tuned-scenario.js';

/**
 * Writes a scenario's artefact into a model directory, as `scenarios/NAME/`, whole or not at all; one
 * that is there is replaced. `prompt.safetensors` holds prompts and prototypes, `scenario.json` the
 * rest with digests; together they are a few kB. Adapters stand beside them in PEFT's two files.
 *
 * @param modelDirectory - the model it was tuned on
 * @param tuned - what was tuned
 * @returns the digest of the whole
 * @throws {@link @q-anchor/core#InputError} if the scenario's name can't be that of a folder
 */
export async function saveScenario(modelDirectory: string, tuned: TunedScenario): Promise<string> {
  const { prompts, adapters, prototypes, scoring, ...described } = tuned;
  const promptTokens = prompts.shape[0]!;
  const { json, tensors } = storedScoring(scoring);
  const fill = async (temporary: string): Promise<string> => {
    const path = join(temporary, scenarioFiles.prompt);
    await writeSafetensors(path, {
      ...(promptTokens > 0 && { [tunedNames.prompts]: prompts }),
      [tunedNames.prototypes]: prototypes,
      ...tensors,
    });
    if (adapters) {
      const specs = adaptedProjections(adapters);
      await writeAdapters(temporary, { ...adapters, specs, taskType: 'CAUSAL_LM' });
    }
    const digests: Record<string, string> = {};
    for (const name of adapters ? scenarioAdapterFiles : []) {
      digests[name] = bytesDigest(await readFile(join(temporary, name)));
    }
    const content = {
      formatVersion: scenarioFormatVersion,
      ...described,
      carried: described.carried as ScenarioFile['carried'],
      scoring: json,
      ...(adapters
        ? ({ method: 'lora', prefix: 'own' } as const)
        : ({ method: 'prompt' } as const)),
      promptTokens,
      prototypesPerClass: prototypes.shape[0]! / tuned.classes,
      digests: { ...digests, [scenarioFiles.prompt]: bytesDigest(await readFile(path)) },
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

const factorName = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/u;

/** The projections that adapters are for, as their factors tell. */
function adaptedProjections({ adapters }: Adapters): Record<string, ParameterSpec> {
  const shapes = new Map<string, { inputs?: number; outputs?: number }>();
  for (const [name, { shape }] of Object.entries(adapters)) {
    const [, projection, factor] = factorName.exec(name) ?? [];
    if (projection === undefined) continue;
    const known = shapes.get(projection) ?? {};
    if (factor === 'A') known.inputs = shape[1]!;
    else known.outputs = shape[0]!;
    shapes.set(projection, known);
  }
  return Object.fromEntries(
    [...shapes].map(([name, { outputs = 0, inputs = 0 }]) => [
      `${name}.weight`,
      { shape: [outputs, inputs], kind: 'matrix' },
    ]),
  );
}
