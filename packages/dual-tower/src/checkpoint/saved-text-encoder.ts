import { join } from 'node:path';

import {
  adapterFiles,
  bertConfigFrom,
  bertParameters,
  loadTokenizer,
  readAdapters,
  type BertPooling,
} from '@q-anchor/backbone';
import { pathExists, readJson } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';
import { textNames } from '@q-anchor/user-tokens';

import { parametersIn, type TensorReader } from './parameters-in.js';
import { named, type LoadedTextEncoder } from './text-encoder-directory.js';

/**
 * Reads a text encoder that was written into a model directory. Unlike one of Hugging Face's it may
 * be quantised, and has no tensors but its own.
 *
 * @param folder - the text encoder's
 * @param options - pooling, and how a tensor becomes a parameter
 * @throws {@link @q-anchor/core#InputError} if a file or a tensor is missing or wrong
 */
export async function savedTextEncoder<T>(
  folder: string,
  options: { readonly pooling: BertPooling; readonly reader: TensorReader<T> },
): Promise<
  Omit<LoadedTextEncoder, 'parameters'> & {
    readonly parameters: Readonly<Record<string, T | TensorData>>;
  }
> {
  const { pooling, reader } = options;
  const path = (name: string): string => join(folder, name);
  const bert = bertConfigFrom(await readJson(path('config.json')), path('config.json'));
  const specs = bertParameters(bert);
  const weights = await parametersIn(path('model.safetensors'), { specs, reader });
  const adapted = (await pathExists(path(adapterFiles.config)))
    ? await readAdapters(folder, { specs })
    : undefined;
  return {
    config: { kind: 'bert', bert, pooling, ...(adapted && { lora: adapted.lora }) },
    parameters: named<T | TensorData>(
      { ...weights, ...adapted?.adapters },
      (name) => textNames.bert + name,
    ),
    tokenizer: await loadTokenizer(folder),
  };
}
