import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { decoderParameters, openSafetensors, readAdapters } from '@q-anchor/backbone';
import { InputError, parsedBy, pathExists, readJson } from '@q-anchor/core';
import { embeddingSize, type LoadedModel } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';

import { noPrompts } from '../embed/prompted-queries.js';
import { tunedNames } from '../tune/tuned-names.js';
import {
  bytesDigest,
  scenarioAdapterFiles,
  scenarioDigest,
  scenarioDirectory,
  scenarioFiles,
  tunedScenarios,
} from './scenario-files.js';
import { headerSchema, scenarioSchema } from './scenario-schema.js';
import { scoringOf, scoringTensorSpecs, type TensorSpec } from './scoring-tensors.js';
import { modelIdentity, type ModelIdentity, type TunedScenario } from './tuned-scenario.js';

/** An artefact as it was read. */
export interface LoadedScenario extends TunedScenario {
  /** Digest of the whole, which tells artefacts of one scenario apart. */
  readonly digest: string;
}

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
): Promise<LoadedScenario> {
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
  if (file.scenario !== scenario) {
    const expected = `the artefact of scenario ${scenario}`;
    const fix = 'A folder was renamed: give it the name of its scenario back';
    throw new InputError({ where, expected, found: `that of ${file.scenario}`, fix });
  }
  requireSameModel(where, { tunedOn: file.model, used: modelIdentity(model) });
  const { digest, ...digested } = file;
  const { digests, formatVersion: _version, method, prefix: _prefix, ...described } = digested;
  const { promptTokens, prototypesPerClass, scoring, ...content } = described;
  const path = join(directory, scenarioFiles.prompt);
  requireDigest(where, { expected: digest, found: scenarioDigest(digested) });
  const names = method === 'lora' ? scenarioAdapterFiles : [];
  for (const name of names) await requireFile(join(directory, name), digests[name]);
  await requireFile(path, digests[scenarioFiles.prompt]);
  const { decoder } = model.config;
  const dimensions = embeddingSize(model.config);
  const tensors = await tensorsIn(path, {
    ...(promptTokens > 0 && { [tunedNames.prompts]: float32(promptTokens, decoder.width) }),
    [tunedNames.prototypes]: float32(content.classes * prototypesPerClass, dimensions),
    ...scoringTensorSpecs(scoring, dimensions),
  });
  return {
    ...content,
    carried: content.carried as TunedScenario['carried'],
    scoring: scoringOf(scoring, tensors),
    prompts: tensors[tunedNames.prompts] ?? noPrompts(decoder.width),
    ...(method === 'lora' && {
      adapters: await readAdapters(directory, { specs: decoderParameters(decoder) }),
    }),
    prototypes: tensors[tunedNames.prototypes]!,
    digest,
  };
}

const float32 = (...shape: readonly number[]): TensorSpec => ({ dtype: 'float32', shape });

async function requireFile(path: string, expected = 'none in scenario.json'): Promise<void> {
  const bytes = await readFile(path).catch((error: Error) => {
    const fix = 'Copy artefacts as whole folders, or tune the scenario again';
    throw new InputError({ where: path, expected: 'a readable file', found: error.message, fix });
  });
  requireDigest(path, { expected, found: bytesDigest(bytes) });
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
  specs: Readonly<Record<string, TensorSpec>>,
): Promise<Readonly<Record<string, TensorData>>> {
  await using source = await openSafetensors(path);
  const tensors: Record<string, TensorData> = {};
  for (const [name, { dtype, shape }] of Object.entries(specs)) {
    const found = source.has(name) ? await source.read(name) : undefined;
    if (found?.dtype !== dtype || found.shape.join() !== shape.join()) {
      throw new InputError({
        where: `${path}: tensor ${name}`,
        expected: `${dtype} [${shape.join(', ')}]`,
        found: found ? `${found.dtype} [${found.shape.join(', ')}]` : 'none',
        fix: 'Tune the scenario again: the file is not what scenario.json describes',
      });
    }
    tensors[name] = found;
  }
  return tensors;
}
