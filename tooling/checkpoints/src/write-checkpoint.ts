import { join } from 'node:path';

import { writeSafetensors } from '@q-anchor/backbone';
import { makeDirectoryAtomic, writeJson } from '@q-anchor/core';

import type { CheckpointRequest } from './arguments.js';
import { configJson, generationJson } from './config-json.js';
import { createRandomValues } from './random-values.js';
import { shardPlan } from './shards.js';
import { checkpointSpecs, randomTensors, sizeOf } from './tensors.js';
import { bertTokenizer } from './tokenizer/bert.js';
import { qwenTokenizer } from './tokenizer/qwen.js';

/** What was made. */
export interface CheckpointSummary {
  /** Number of values in all tensors. */
  readonly values: number;
  /** Number of tensors. */
  readonly tensors: number;
  /** Names of the weight files. */
  readonly files: readonly string[];
}

/**
 * Makes a random checkpoint in Hugging Face's form, whole or not at all. Weights are drawn and written
 * part by part: the memory it takes does not grow with them.
 *
 * @param request - what to make
 * @param onFile - is told before each weight file
 * @throws {@link @q-anchor/core#InputError} if the directory is there and not empty, or sizes do not go together
 */
export async function writeCheckpoint(
  request: CheckpointRequest,
  onFile: (file: string) => void = () => undefined,
): Promise<CheckpointSummary> {
  return makeDirectoryAtomic(request.out, {
    fill: (directory) => writeFiles(request, { directory, onFile }),
  });
}

async function writeFiles(
  request: CheckpointRequest,
  to: { readonly directory: string; readonly onFile: (file: string) => void },
): Promise<CheckpointSummary> {
  const { architecture, sizes, storage, seed, shards } = request;
  const isBert = architecture === 'bert';
  const tokens = (isBert ? bertTokenizer : qwenTokenizer)(sizes.vocabulary);
  const config = configJson(request, tokens.ids);
  const specs = checkpointSpecs(config);
  const json = (name: string, value: unknown) => writeJson(join(to.directory, name), value);
  await json('config.json', config);
  await json('tokenizer.json', tokens.tokenizer);
  await json('tokenizer_config.json', tokens.config);
  await json('special_tokens_map.json', tokens.specialTokens);
  if (isBert) {
    await json('1_Pooling/config.json', {
      word_embedding_dimension: sizes.width,
      pooling_mode_cls_token: false,
      pooling_mode_mean_tokens: true,
      pooling_mode_max_tokens: false,
    });
  } else {
    await json('generation_config.json', generationJson(tokens.ids));
  }
  const plan = shardPlan(specs, { shards, bytesPerValue: storage === 'F32' ? 4 : 2 });
  const tensors = randomTensors(specs, createRandomValues(seed), { layers: sizes.layers });
  for (const [file, names] of plan.files) {
    to.onFile(file);
    const own = Object.fromEntries(names.map((name) => [name, tensors[name]!]));
    await writeSafetensors(join(to.directory, file), own, {
      metadata: { format: 'pt' },
      float32As: storage,
    });
  }
  if (plan.index) await json('model.safetensors.index.json', plan.index);
  const shapes = Object.values(specs).map(({ shape }) => shape);
  return {
    values: shapes.reduce((sum, shape) => sum + sizeOf(shape), 0),
    tensors: shapes.length,
    files: [...plan.files.keys()],
  };
}
