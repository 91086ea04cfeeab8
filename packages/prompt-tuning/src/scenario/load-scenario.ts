import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openSafetensors } from '@q-anchor/backbone';
import { InputError, parsedBy, pathExists, readJson } from '@q-anchor/core';
import type { LoadedModel } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';

import { tunedNames } from '../tune/step-program.js';
import {
  bytesDigest,
  headerSchema,
  scenarioDigest,
  scenarioDirectory,
  scenarioFiles,
  scenarioSchema,
  tunedScenarios,
} from './scenario-files.js';
import { modelIdentity, type ModelIdentity, type TunedScenario } from './tuned-scenario.js';

/**
 * Reads a scenario's artefact.
 *
 * @param modelDirectory - the directory it was saved in
 * @param options - the scenario's name, and the model it is to be used with
 * @throws {@link @q-anchor/core#InputError} if there is none, a file is missing, changed or of
 * another version, or it was tuned on another model, layout or tokenizer
 */
export async function loadScenario(
  modelDirectory: string,
  options: {
    readonly scenario: string;
    readonly model: Pick<LoadedModel, 'digest' | 'collate' | 'config'>;
  },
): Promise<TunedScenario> {
  const { scenario, model } = options;
  const directory = scenarioDirectory(modelDirectory, scenario);
  if (!(await pathExists(directory))) {
    const known = await tunedScenarios(modelDirectory);
    throw new InputError({
      where: directory,
      expected: `the artefact of scenario ${scenario}`,
      found: known.length === 0 ? 'no tuned scenario' : `scenarios ${known.join(', ')}`,
      fix: `Tune it first: q-anchor tune ... --scenario ${scenario}`,
    });
  }
  const where = join(directory, scenarioFiles.description);
  const json = await readJson(where);
  parsedBy(json, { schema: headerSchema, where });
  const file = parsedBy(json, { schema: scenarioSchema, where });
  requireSameModel(where, { tunedOn: file.model, used: modelIdentity(model) });
  const { digest, ...digested } = file;
  const { digests, formatVersion: _version, method: _method, ...described } = digested;
  const { promptTokens, prototypesPerClass, ...content } = described;
  const path = join(directory, scenarioFiles.prompt);
  requireDigest(where, { expected: digest, found: scenarioDigest(digested) });
  const bytes = await readFile(path).catch((error: Error) => {
    throw new InputError({ where: path, expected: 'a readable file', found: error.message });
  });
  requireDigest(path, { expected: digests[scenarioFiles.prompt], found: bytesDigest(bytes) });
  const { decoder, head } = model.config;
  const shapes = {
    [tunedNames.prompts]: [promptTokens, decoder.width],
    [tunedNames.prototypes]: [content.classes * prototypesPerClass, head.output],
  };
  const tensors = await tensorsIn(path, shapes);
  return {
    ...content,
    prompts: tensors[tunedNames.prompts]!,
    prototypes: tensors[tunedNames.prototypes]!,
  };
}

function requireDigest(
  where: string,
  { expected, found }: { readonly expected: string; readonly found: string },
): void {
  if (expected === found) return;
  const fix = 'A file was changed or mixed up with that of another scenario';
  throw new InputError({ where, expected: `digest ${expected}`, found, fix });
}

/** Layout and tokenizer first: they say more than the digest of all. */
function requireSameModel(
  where: string,
  { tunedOn, used }: { readonly tunedOn: ModelIdentity; readonly used: ModelIdentity },
): void {
  for (const [key, name] of [
    ['layout', 'layout'],
    ['tokenizer', 'tokenizer'],
    ['digest', 'model'],
  ] as const) {
    if (tunedOn[key] === used[key]) continue;
    throw new InputError({
      where,
      expected: `the ${name} it was tuned on, ${tunedOn[key]}`,
      found: `another one, ${used[key]}`,
      fix: 'Tune the scenario again, on this model',
    });
  }
}

async function tensorsIn(
  path: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Readonly<Record<string, TensorData>>> {
  await using source = await openSafetensors(path);
  const tensors: Record<string, TensorData> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const found = source.names.includes(name) ? source.info(name).shape : undefined;
    if (found?.join() !== shape.join()) {
      throw new InputError({
        where: `${path}: tensor ${name}`,
        expected: `shape [${shape.join(', ')}]`,
        found: found ? `[${found.join(', ')}]` : 'none',
      });
    }
    tensors[name] = { dtype: 'float32', shape, data: await source.readFloat32(name) };
  }
  return tensors;
}
