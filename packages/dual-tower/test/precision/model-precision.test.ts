import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openSafetensors, quantisedFormats } from '@q-anchor/backbone';
import { createOnnxEngine, type Weights } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import {
  createEmbedder,
  embeddingAgreement,
  initialDualTower,
  loadModel,
  openModel,
  quantisedPrecision,
  quantiseModel,
  saveModel,
  type DualTowerModel,
} from '@q-anchor/dual-tower';
import { isStored } from '@q-anchor/graph';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { profiles, queries, tinyModel } from '../checkpoint/tiny-model.js';
import { bert, bertText, givenWeights, lora, textTokenizer } from '../text-encoder/encoders.js';

const engine = createOnnxEngine({ threads: 1 });
const model = tinyModel();
let root: string;
let plain: Float32Array;

const embedded = async (of: Omit<DualTowerModel, 'parameters'> & { parameters: Weights }) => {
  await using embedder = await createEmbedder(engine, of);
  return await embedder.embed(profiles, queries);
};

beforeAll(async () => {
  root = await temporaryFolder();
  plain = await embedded(model);
});
afterAll(() => engine[Symbol.asyncDispose]());

const agreementWith = (other: Float32Array) =>
  embeddingAgreement([plain, other], model.config.head.output);

describe.each(['int8', 'int4'] as const)('%s', (weights) => {
  const quantised = quantiseModel(model, { weights });

  test('its embeddings are near those of floats, however they are made', async () => {
    const direct = await embedded(quantised);
    const { worst } = agreementWith(direct);
    expect(worst).toBeGreaterThan(weights === 'int8' ? 0.999 : 0.97);
    expect(worst).toBeLessThan(1);
    // Inputs of products are rounded in blocks of a row, so that rows do not depend on their batch.
    await using single = await createEmbedder(engine, { ...quantised, batchUsers: 1 });
    const alone = await single.embed(profiles, queries);
    expect(embeddingAgreement([direct, alone], model.config.head.output).worst).toBeGreaterThan(
      1 - 1e-6,
    );
    await using cachedTexts = await createEmbedder(engine, { ...quantised, textCache: true });
    const byText = await cachedTexts.embed(profiles, queries);
    expect(embeddingAgreement([direct, byText], model.config.head.output).worst).toBeGreaterThan(
      1 - 1e-6,
    );
  });

  test('matrices of the decoder and tables of tokens are integers, the rest is as it was', () => {
    const names = Object.keys(quantised.parameters);
    expect(quantisedPrecision(quantised.parameters)).toBe(weights);
    expect(quantisedPrecision(model.parameters)).toBe('f32');
    for (const name of [
      'model.layers.0.mlp.up_proj',
      'model.embed_tokens',
      'encoder.text.embedding',
    ]) {
      expect(names).toContain(`${name}.weight.${weights}`);
      expect(names).not.toContain(`${name}.weight`);
    }
    for (const name of [
      'model.norm.weight',
      'model.layers.0.self_attn.q_proj.bias',
      'head.output.weight',
    ]) {
      expect(quantised.parameters[name]).toBe(model.parameters[name]);
    }
    const { parameters } = quantiseModel(model, { weights, embeddings: false, blockSize: 32 });
    expect(parameters['model.embed_tokens.weight']).toBe(
      model.parameters['model.embed_tokens.weight'],
    );
    const packed = parameters[`model.layers.0.mlp.up_proj.weight.${weights}`]!;
    expect(packed.shape).toEqual([24, 1, (32 * quantisedFormats[weights].bits) / 8]);
  });

  test('saved it is smaller, has a digest of its own, and embeds bit-equally', async () => {
    const [floats, directory] = [join(root, 'floats'), join(root, weights)];
    const other = await saveModel(floats, model);
    const digest = await saveModel(directory, quantised);
    expect(digest).not.toBe(other);
    const file = 'model.safetensors';
    const [{ size: before }, { size: after }] = [
      await stat(join(floats, file)),
      await stat(join(directory, file)),
    ];
    // Rows of 16 numbers fill half of a block.
    expect(after).toBeLessThan(before);
    const loaded = await loadModel(directory);
    expect(loaded).toMatchObject({ digest, weights, config: model.config });
    expect(loaded.parameters).toEqual(quantised.parameters);
    const opened = await openModel(directory);
    expect(opened).toMatchObject({ digest, weights });
    const expected = await embedded(quantised);
    expect(await embedded(loaded)).toEqual(expected);
    expect(await embedded(opened)).toEqual(expected);
    expect(JSON.parse(await readFile(join(directory, 'q-anchor.json'), 'utf8'))).toMatchObject({
      weights,
    });
  });

  test('is not quantised again, nor stored as half floats', async () => {
    expect(() => quantiseModel(quantised, { weights: 'int8' })).toThrow(InputError);
    await expect(saveModel(join(root, 'no'), quantised, { weights: 'f16' })).rejects.toThrow(
      InputError,
    );
  });
});

test('a description of another precision than the files is refused', async () => {
  const directory = join(root, 'mixed');
  await saveModel(directory, model);
  const path = join(directory, 'q-anchor.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"weights": "f32"', '"weights": "int8"'));
  await expect(loadModel(directory)).rejects.toThrow("key 'weights'");
});

test('weights in files: matrices stay there, embeddings are the same bits', async () => {
  const directory = join(root, 'opened');
  await saveModel(directory, model);
  const opened = await openModel(directory);
  expect(Object.values(opened.parameters).every(isStored)).toBe(true);
  expect(await embedded(opened)).toEqual(plain);
});

describe.each(['f16', 'bf16'] as const)('stored as %s', (weights) => {
  test('matrices are rounded, the rest is exact, embeddings are near', async () => {
    const directory = join(root, weights);
    await saveModel(directory, model, { weights });
    await using source = await openSafetensors(join(directory, 'model.safetensors'));
    expect(source.info('model.layers.0.mlp.up_proj.weight').dtype).toBe(weights.toUpperCase());
    expect(source.info('model.norm.weight').dtype).toBe('F32');
    const [loaded, opened] = [await loadModel(directory), await openModel(directory)];
    expect(loaded.weights).toBe(weights);
    expect(loaded.parameters['model.norm.weight']).toEqual(model.parameters['model.norm.weight']);
    const rounded = await embedded(loaded);
    expect(await embedded(opened)).toEqual(rounded);
    const { worst } = agreementWith(rounded);
    expect(worst).toBeGreaterThan(0.9999);
    expect([...rounded]).not.toEqual([...plain]);
  });
});

describe.each([
  ['frozen', bertText()],
  ['with adapters', bertText({ lora })],
])('BERT %s', (name, textEncoder) => {
  const { config, collate } = model;
  const of = { ...config, users: { ...config.users, eventWidth: bert.width, textEncoder } };
  const withBert: DualTowerModel = {
    config: of,
    parameters: initialDualTower(of, 3, { given: givenWeights() }),
    collate: { ...collate, textTokenizer },
  };

  test.each(['f32', 'bf16', 'int8'] as const)(
    '%s comes back, in memory and in files',
    async (weights) => {
      const directory = join(root, `bert ${name} ${weights}`);
      const exported = weights === 'int8' ? quantiseModel(withBert, { weights }) : withBert;
      await saveModel(directory, exported, weights === 'int8' ? {} : { weights });
      const [loaded, opened] = [await loadModel(directory), await openModel(directory)];
      const names = Object.keys(loaded.parameters);
      expect(names.toSorted()).toEqual(Object.keys(exported.parameters).toSorted());
      const query = 'encoder.text.bert.encoder.layer.0.attention.self.query.weight';
      expect(names.includes(`${query}.int8`)).toBe(weights === 'int8');
      expect(isStored(opened.parameters[weights === 'int8' ? `${query}.int8` : query]!)).toBe(true);
      const embeddings = await embedded(loaded);
      expect(await embedded(opened)).toEqual(embeddings);
      const floats = await embedded(withBert);
      const { worst } = embeddingAgreement([floats, embeddings], of.head.output);
      expect(worst).toBeGreaterThan(weights === 'f32' ? 1 - 1e-6 : 0.99);
    },
  );
});

test('a number that is not finite is refused', () => {
  const parameters = initialDualTower(model.config, 1);
  (parameters['model.layers.0.mlp.up_proj.weight']!.data as Float32Array)[3] = Number.NaN;
  expect(() => quantiseModel({ ...model, parameters }, { weights: 'int8' })).toThrow('NaN at 3');
});
