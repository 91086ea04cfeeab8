import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  bertConfigFrom,
  bertConfigToJson,
  bertParameters,
  openSafetensors,
  readBertWeights,
  writeSafetensors,
} from '@q-anchor/backbone';
import { InputError, ShapeError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { drawnWeights, goldenPath, tensorOf } from '../decoder/support/decoder-runs.js';
import { config } from './bert-runs.js';

describe('configuration', () => {
  const json = bertConfigToJson(config);

  test('comes back from its own JSON', () => {
    expect(bertConfigFrom(json)).toEqual(config);
  });

  test("is read from a checkpoint's, defaults filled in", async () => {
    const read = JSON.parse(await readFile(goldenPath('bert/config.json'), 'utf8')) as object;
    const { type_vocab_size: _, layer_norm_eps: __, ...sparse } = read as Record<string, unknown>;
    const { tokenTypes, normEpsilon } = bertConfigFrom(sparse);
    expect([tokenTypes, normEpsilon]).toEqual([2, 1e-12]);
    expect(bertConfigFrom(read)).toMatchObject({ width: 24, heads: 4, maxPositions: 32 });
  });

  test.each([
    ['another architecture', { model_type: 'new' }, "key 'model_type'", /'bert'.*found "new"/],
    ['no architecture', { model_type: undefined }, "key 'model_type'", /found nothing/],
    ['another activation', { hidden_act: 'gelu_new' }, "key 'hidden_act'", /'gelu'.*"gelu_new"/],
    [
      'relative positions',
      { position_embedding_type: 'relative_key' },
      "key 'position_embedding_type'",
      /'absolute'.*"relative_key"/,
    ],
    ['a decoder', { is_decoder: true }, "key 'is_decoder'", /found true/],
    ['no width', { hidden_size: 0 }, "key 'hidden_size'", /found 0/],
    ['a width the heads do not divide', { hidden_size: 13 }, "key 'hidden_size'", /multiple.*13/],
  ])('%s is refused', (_, change, key, message) => {
    const read = () => bertConfigFrom({ ...json, ...change }, 'dir/config.json');
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
    expect(read).toThrow(`dir/config.json, ${key}`);
  });

  test('what is no object is refused', () => {
    expect(() => bertConfigFrom(null)).toThrow(InputError);
  });
});

describe('weights', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'bert-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  const specs = bertParameters(config);
  const weights = drawnWeights(specs, { dtype: 'float32' });
  const scalar = tensorOf('float32', [[1], [1]]);
  const read = async (tensors: Record<string, TensorData>, where?: string) => {
    const path = join(root, 'model.safetensors');
    await writeSafetensors(path, tensors);
    await using source = await openSafetensors(path);
    return await readBertWeights(source, { config, ...(where && { where }) });
  };
  const renamed = (rename: (name: string) => string) =>
    Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [rename(name), tensor]));

  test('come back as they are, the pooler passed over', async () => {
    const pooler = { 'pooler.dense.weight': scalar, 'pooler.dense.bias': scalar };
    expect(await read({ ...weights, ...pooler })).toEqual(weights);
  });

  test('may stand below bert., beside a head', async () => {
    const tensors = renamed((name) => `bert.${name}`);
    const head = { 'cls.predictions.bias': scalar, 'bert.pooler.dense.bias': scalar };
    expect(await read({ ...tensors, ...head })).toEqual(weights);
  });

  test('may have the names of the first checkpoints', async () => {
    const old = (name: string): string =>
      name
        .replace('LayerNorm.weight', 'LayerNorm.gamma')
        .replace('LayerNorm.bias', 'LayerNorm.beta');
    const position = {
      'embeddings.position_ids': tensorOf('int64', [[1, 9], [...Array(9).keys()]]),
    };
    expect(await read({ ...renamed(old), ...position })).toEqual(weights);
  });

  test('missing, mis-shaped and left-over ones are named', async () => {
    const name = 'encoder.layer.1.output.dense.weight';
    const { [name]: _, ...rest } = weights;
    await expect(read(rest)).rejects.toThrow(name);
    await expect(read({ ...weights, [name]: scalar }, 'model')).rejects.toSatisfy(
      (error) => ShapeError.isInstance(error) && error.message.startsWith(`model: tensor ${name}`),
    );
    const extra = 'encoder.layer.2.output.dense.weight';
    await expect(read({ ...weights, [extra]: scalar })).rejects.toThrow(
      new RegExp(`${extra}.*2 layers`),
    );
  });
});
