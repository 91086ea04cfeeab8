import {
  bertConfigToJson,
  bertParameters,
  initialParameters,
  saveTokenizer,
  trainTokenizer,
  writeSafetensors,
  type BertConfig,
  type LoraConfig,
  type Tokenizer,
} from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import type { DualTowerConfig } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import { textNames, type BertTextConfig } from '@q-anchor/user-tokens';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { config as twoLayers } from '../fixtures.js';

/** A tokenizer of BERT's special tokens, other ids than the model's. */
export const textTokenizer: Tokenizer = trainTokenizer({
  texts: ['coffee rent tram ticket shoes game news loan gift milk home page next spend'],
  vocabularySize: 290,
  minFrequency: 1,
  specialTokens: ['[PAD]', '[CLS]', '[SEP]'],
});

/** The smallest BERT. */
export const bert: BertConfig = {
  vocabularySize: textTokenizer.vocabularySize,
  width: 8,
  layers: 2,
  heads: 2,
  feedForwardSize: 12,
  normEpsilon: 1e-12,
  maxPositions: 16,
  tokenTypes: 2,
};

/** Adapters on projections of both halves of a layer. */
export const lora: LoraConfig = {
  rank: 2,
  alpha: 4,
  dropout: 0,
  targets: ['query', 'value', 'attention.output.dense'],
};

/** Its weights, random; every one of them matters. */
export const bertWeights = (seed = 3): Record<string, TensorData> => {
  const random = createRandom(seed).fork('moved');
  return Object.fromEntries(
    Object.entries(initialParameters(bertParameters(bert), { seed, embeddingDeviation: 2 })).map(
      ([name, { shape, data }]) => {
        const stream = random.fork(name);
        const moved = Float32Array.from(
          data as Float32Array,
          (value) => value + 0.2 * stream.normal(),
        );
        return [name, { dtype: 'float32', shape, data: moved }];
      },
    ),
  );
};

/** They under the model's names. */
export const givenWeights = (seed = 3): Tensors =>
  Object.fromEntries(
    Object.entries(bertWeights(seed)).map(([name, tensor]) => [textNames.bert + name, tensor]),
  );

// One layer compiles in half the time.
const decoder = { ...twoLayers.decoder, layers: 1 };

/** The model of the other tests, with another text encoder. */
export const configOf = (
  textEncoder: DualTowerConfig['users']['textEncoder'],
  changes: Partial<DualTowerConfig> = {},
): DualTowerConfig => ({
  ...twoLayers,
  decoder,
  ...changes,
  users: {
    ...twoLayers.users,
    eventWidth: textEncoder?.kind === 'embedding-table' ? decoder.width : bert.width,
    ...(textEncoder && { textEncoder }),
  },
});

/** BERT as a text encoder. */
export const bertText = (changes: Partial<BertTextConfig> = {}): BertTextConfig => ({
  kind: 'bert',
  bert,
  pooling: 'mean',
  ...changes,
});

/** Writes a checkpoint in Hugging Face's form. */
export async function writeCheckpoint(
  directory: string,
  {
    tensors = bertWeights(),
    json = bertConfigToJson(bert),
  }: { readonly tensors?: Record<string, TensorData>; readonly json?: object } = {},
): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), JSON.stringify(json));
  await saveTokenizer(textTokenizer, directory);
  await writeSafetensors(join(directory, 'model.safetensors'), tensors);
  return directory;
}
