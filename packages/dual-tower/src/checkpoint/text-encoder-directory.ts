import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import {
  adapterFiles,
  bertConfigToJson,
  bertParameters,
  loraParameters,
  openModelDirectory,
  readAdapters,
  readParameters,
  saveTokenizer,
  writeAdapters,
  writeSafetensors,
  type BertPooling,
  type Float32Storage,
  type LoraConfig,
  type ParameterSpecs,
  type Tokenizer,
} from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { InputError, pathExists, writeJson } from '@q-anchor/core';
import { textNames, type BertTextConfig } from '@q-anchor/user-tokens';

import { chosenParameters } from './chosen-parameters.js';

/** Folder of a text encoder inside a model directory. */
export const textEncoderFolder = 'text-encoder';

/** A text encoder as a model takes it. */
export interface LoadedTextEncoder {
  /** The model's `users.textEncoder`; the event width is `bert.width`. */
  readonly config: BertTextConfig;
  /** Parameters under the model's names: weights, and adapters where the directory has any. */
  readonly parameters: Tensors;
  /** The `textTokenizer` of the model's collation. */
  readonly tokenizer: Tokenizer;
}

/** How {@link loadTextEncoder} reads. */
export interface LoadTextEncoderOptions {
  /**
   * How hidden states become one vector. Default what a sentence-transformers file in the directory
   * says, else the first token's, as in the published model.
   */
  readonly pooling?: BertPooling;
  /** Adapters to train, for a directory that holds none. Without any the encoder stays as it is. */
  readonly lora?: LoraConfig;
  /** Stops between two tensors. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a BERT text encoder from a directory in Hugging Face's form, with adapters in PEFT's form if
 * they lie beside it. Adapters that are yet to be trained have no values: they start where
 * `initialDualTower` has them.
 *
 * @param directory - `config.json`, `tokenizer.json`, weights in safetensors
 * @throws {@link @q-anchor/core#InputError} if it is no such directory, or adapters are asked for
 * where there are some already
 * @example
 * ```ts
 * const text = await loadTextEncoder('gte-base');
 * const users = { ...rest, textEncoder: text.config, eventWidth: text.config.bert.width };
 * const initial = initialDualTower({ ...model, users }, 1, { given: text.parameters });
 * await pretrain({ initial, collate: { tokenizer, textTokenizer: text.tokenizer }, ...others });
 * ```
 */
export async function loadTextEncoder(
  directory: string,
  options: LoadTextEncoderOptions = {},
): Promise<LoadedTextEncoder> {
  const { signal } = options;
  await using model = await openModelDirectory(directory);
  if (model.kind !== 'bert') {
    throw new InputError({
      where: directory,
      expected: 'a BERT text encoder',
      found: `a ${model.config.architecture} decoder`,
    });
  }
  const { config: bert, parameters: specs, tokenizer } = model;
  const weights = await readParameters(model.weights, specs, { ...(signal && { signal }) });
  const adapted = (await pathExists(join(directory, adapterFiles.config)))
    ? await readAdapters(directory, { specs })
    : undefined;
  if (adapted && options.lora) {
    throw new InputError({
      where: directory,
      expected: 'a text encoder without adapters, to be given some',
      found: adapterFiles.config,
      fix: 'Merge the adapters first, or go on with them',
    });
  }
  const { pooling = model.pooling ?? 'cls' } = options;
  const lora = adapted?.lora ?? options.lora;
  return {
    config: { kind: 'bert', bert, pooling, ...(lora && { lora }) },
    parameters: named({ ...weights, ...adapted?.adapters }, (name) => textNames.bert + name),
    tokenizer,
  };
}

/** Entries under other names. */
export const named = <T>(
  entries: Readonly<Record<string, T>>,
  rename: (name: string) => string,
): Record<string, T> =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [rename(name), value]));

/** The files a text encoder has in a model directory. */
export const textEncoderFiles = ({ lora }: BertTextConfig): readonly string[] =>
  [
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    ...(lora ? [adapterFiles.config, adapterFiles.weights] : []),
  ].map((name) => `${textEncoderFolder}/${name}`);

/**
 * Writes a text encoder into a model directory: the weights in Hugging Face's form, adapters in
 * PEFT's beside them.
 *
 * @throws {@link @q-anchor/core#InputError} if a parameter is missing
 * @throws {@link @q-anchor/core#ShapeError} if one has another shape
 */
export async function writeTextEncoder(
  directory: string,
  {
    config,
    parameters,
    tokenizer,
    float32As = 'F32',
  }: {
    readonly config: BertTextConfig;
    readonly parameters: Tensors;
    readonly tokenizer: Tokenizer;
    /** How its matrices are stored. */
    readonly float32As?: Float32Storage;
  },
): Promise<void> {
  const { bert, lora } = config;
  const folder = join(directory, textEncoderFolder);
  const specs = bertParameters(bert);
  const own = (of: ParameterSpecs): Tensors => {
    const below = named(of, (name) => textNames.bert + name);
    const tensors = chosenParameters(parameters, { specs: below, where: folder });
    return named(tensors, (name) => name.slice(textNames.bert.length));
  };
  await mkdir(folder, { recursive: true });
  await writeJson(join(folder, 'config.json'), bertConfigToJson(bert));
  await saveTokenizer(tokenizer, folder);
  const weights = join(folder, 'model.safetensors');
  const tensors = own(specs);
  await writeSafetensors(weights, tensors, {
    metadata: { format: 'pt' },
    float32As: (name) => (tensors[name]!.shape.length === 2 ? float32As : 'F32'),
  });
  if (!lora) return;
  const adapters = own(loraParameters(specs, lora));
  await writeAdapters(folder, { lora, adapters, specs, taskType: 'FEATURE_EXTRACTION' });
}
