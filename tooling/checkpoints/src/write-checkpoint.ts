import { randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { writeSafetensors } from '@q-anchor/backbone';
import { InputError, writeJson } from '@q-anchor/core';

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
 * @throws {@link @q-anchor/core#InputError} if the directory is there, or sizes do not go together
 */
export async function writeCheckpoint(
  request: CheckpointRequest,
  onFile: (file: string) => void = () => undefined,
): Promise<CheckpointSummary> {
  const out = resolve(request.out);
  if (
    await access(out).then(
      () => true,
      () => false,
    )
  ) {
    throw new InputError({ where: '--out', expected: 'a place where nothing is', found: out });
  }
  const suffix = randomBytes(6).toString('hex');
  const directory = join(dirname(out), `.${basename(out)}.${suffix}.partial`);
  await mkdir(directory, { recursive: true });
  try {
    const summary = await writeFiles(request, { directory, onFile });
    await rename(directory, out);
    return summary;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
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
