import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  bertConfigToJson,
  openModelDirectory,
  openSafetensors,
  readAdapters,
  saveTokenizer,
  trainTokenizer,
} from '@q-anchor/backbone';
import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import {
  createEmbedder,
  dualTowerParameters,
  initialDualTower,
  loadModel,
  loadTextEncoder,
  saveModel,
  type DualTowerConfig,
  type DualTowerModel,
} from '@q-anchor/dual-tower';
import { checkUserTokensConfig } from '@q-anchor/user-tokens';
import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { profiles, queries, tinyModel } from '../checkpoint/tiny-model.js';
import {
  bert,
  bertText,
  bertWeights,
  givenWeights,
  lora,
  textTokenizer,
  writeCheckpoint,
} from './encoders.js';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

const folder = 'text-encoder';

/** A model with a text encoder; adapters' factors are all drawn. */
function modelWith(textEncoder: DualTowerConfig['users']['textEncoder']): DualTowerModel {
  const { config, collate } = tinyModel();
  const eventWidth = textEncoder?.kind === 'embedding-table' ? config.users.width : bert.width;
  const users = { ...config.users, eventWidth, ...(textEncoder && { textEncoder }) };
  const of = { ...config, users };
  const given = textEncoder?.kind === 'bert' ? givenWeights() : {};
  const parameters = Object.fromEntries(
    Object.entries(initialDualTower(of, 3, { given })).map(([name, tensor]) => {
      const data = Float32Array.from({ length: tensor.data.length }, (_, i) => Math.sin(i + 1));
      return [name, name.includes('.lora_') ? { ...tensor, data } : tensor];
    }),
  );
  return { config: of, parameters, collate: { ...collate, textTokenizer } };
}

describe.each([
  ['BERT as it is', bertText()],
  ['BERT by its first token, with adapters', bertText({ pooling: 'cls', lora })],
])('a model directory with %s', (name, textEncoder) => {
  const model = modelWith(textEncoder);
  let saved: string;
  let digest: string;
  beforeAll(async () => {
    saved = join(root, name.replaceAll(' ', '-'));
    digest = await saveModel(saved, model);
  });

  test('comes back whole and embeds bit-equally', async () => {
    const loaded = await loadModel(saved);
    expect(loaded.digest).toBe(digest);
    expect(loaded.config.users.textEncoder).toMatchObject({ ...textEncoder, bert });
    expect(loaded.collate.textTokenizer!.digest).toBe(textTokenizer.digest);
    expect(Object.keys(loaded.parameters).toSorted()).toEqual(
      Object.keys(dualTowerParameters(model.config)).toSorted(),
    );
    expect(loaded.parameters).toEqual(model.parameters);
    await using engine = createOnnxEngine({ threads: 1 });
    await using before = await createEmbedder(engine, model);
    await using after = await createEmbedder(engine, loaded);
    const expected = await before.embed(profiles, queries);
    expect(await after.embed(profiles, queries)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(10);
  });

  test("has the encoder in Hugging Face's form, adapters in PEFT's", async () => {
    await using opened = await openModelDirectory(join(saved, folder));
    expect(opened.kind).toBe('bert');
    expect(opened.weights.names).toEqual(Object.keys(bertWeights()).toSorted());
    await using encoder = await openSafetensors(join(saved, 'encoder.safetensors'));
    expect(encoder.names.filter((tensor) => tensor.includes('text'))).toEqual([]);
    const files = await readdir(join(saved, folder));
    expect(files.includes('adapter_config.json')).toBe(textEncoder.lora !== undefined);
    const { parameters: specs } = opened;
    const names = textEncoder.lora
      ? Object.keys((await readAdapters(join(saved, folder), { specs })).adapters)
      : [];
    expect(names).toHaveLength(textEncoder.lora ? 12 : 0);
  });

  test('names a file of the encoder that is missing or was changed', async () => {
    for (const file of await readdir(join(saved, folder))) {
      const directory = join(root, 'spoiled');
      await cp(saved, directory, { recursive: true });
      await rm(join(directory, folder, file));
      const failure = loadModel(directory).then(
        () => `${file} is not missed`,
        (error: unknown) => (InputError.isInstance(error) ? error.where : error),
      );
      expect(await failure).toContain(folder);
      await rm(directory, { recursive: true });
    }
    const directory = join(root, 'changed');
    await cp(saved, directory, { recursive: true });
    await appendFile(join(directory, folder, 'config.json'), '\n');
    await expect(loadModel(directory)).rejects.toThrow(/text-encoder\/config\.json.*digest/);
    await rm(directory, { recursive: true });
  });
});

test("a model with the language model's table has no folder for it", async () => {
  const directory = join(root, 'table');
  const model = modelWith({ kind: 'embedding-table' });
  await saveModel(directory, model);
  expect(await readdir(directory)).not.toContain(folder);
  const loaded = await loadModel(directory);
  expect(loaded.config.users).toEqual(model.config.users);
  expect(loaded.parameters).toEqual(model.parameters);
});

describe('what cannot be saved', () => {
  test('a BERT without its tokenizer, or with one that is too large', async () => {
    const model = modelWith(bertText());
    const { textTokenizer: _, ...collate } = model.collate;
    const directory = join(root, 'unsaved');
    await expect(saveModel(directory, { ...model, collate })).rejects.toThrow(/textTokenizer/);
    const small = { ...bert, vocabularySize: textTokenizer.vocabularySize - 1 };
    const users = { ...model.config.users, textEncoder: bertText({ bert: small }) };
    const config = { ...model.config, users };
    await expect(saveModel(directory, { ...model, config })).rejects.toThrow(/at most/);
    expect(await readdir(root)).not.toContain('unsaved');
  });
});

describe("a text encoder's own directory", () => {
  test('gives what a model takes', async () => {
    const directory = await writeCheckpoint(join(root, 'bert'));
    const { config, parameters, tokenizer } = await loadTextEncoder(directory);
    expect(config).toEqual({ kind: 'bert', bert, pooling: 'cls' });
    expect(parameters).toEqual(givenWeights());
    expect(tokenizer.digest).toBe(textTokenizer.digest);
    expect((await loadTextEncoder(directory, { pooling: 'mean', lora })).config).toEqual(
      bertText({ lora }),
    );
  });

  test('may say how it is pooled, and be one below a head', async () => {
    const tensors = Object.fromEntries(
      Object.entries(bertWeights()).map(([name, tensor]) => [`bert.${name}`, tensor]),
    );
    const pooler = tensors['bert.embeddings.LayerNorm.bias']!;
    const directory = await writeCheckpoint(join(root, 'headed'), {
      tensors: { ...tensors, 'bert.pooler.dense.bias': pooler, 'cls.predictions.bias': pooler },
    });
    const pooling = join(directory, '1_Pooling');
    await mkdir(pooling);
    await writeFile(join(pooling, 'config.json'), '{"pooling_mode_mean_tokens":true}');
    const { config, parameters } = await loadTextEncoder(directory);
    expect(config.pooling).toBe('mean');
    expect(parameters).toEqual(givenWeights());
  });

  test('is refused where it is none', async () => {
    await expect(loadTextEncoder(join(root, 'nowhere'))).rejects.toThrow(InputError);
    const other = await writeCheckpoint(join(root, 'other'), {
      json: { ...bertConfigToJson(bert), hidden_act: 'relu' },
    });
    await expect(loadTextEncoder(other)).rejects.toThrow(/hidden_act.*found "relu"/);
    const decoder = join(root, 'decoder');
    await saveModel(decoder, tinyModel());
    await expect(loadTextEncoder(decoder)).rejects.toThrow(/BERT text encoder, found a qwen2/);
  });

  test('with adapters is not given others', async () => {
    const saved = join(root, 'with-adapters');
    await saveModel(saved, modelWith(bertText({ lora })));
    const directory = join(saved, folder);
    expect((await loadTextEncoder(directory)).config.lora).toMatchObject({ rank: 2 });
    await expect(loadTextEncoder(directory, { lora })).rejects.toThrow(/without adapters/);
  });

  test('with more ids than rows is refused', async () => {
    const directory = await writeCheckpoint(join(root, 'large'));
    const texts = ['one two three four five six seven eight nine ten eleven twelve'];
    const specialTokens = Array.from({ length: 40 }, (_, i) => `<${i}>`);
    await saveTokenizer(
      trainTokenizer({ texts, vocabularySize: 400, minFrequency: 1, specialTokens }),
      directory,
    );
    await expect(loadTextEncoder(directory)).rejects.toThrow(InputError);
  });
});

test('the event width is the encoder’s', () => {
  const { users } = modelWith(bertText()).config;
  expect(() => checkUserTokensConfig(users)).not.toThrow();
  expect(() => checkUserTokensConfig({ ...users, eventWidth: 12 })).toThrow(/eventWidth 8/);
  const table = { ...users, textEncoder: { kind: 'embedding-table' } } as const;
  expect(() => checkUserTokensConfig(table)).toThrow(/eventWidth 16/);
});

test('the description of a model does not repeat the shape of its encoder', async () => {
  const saved = join(root, 'described');
  await saveModel(saved, modelWith(bertText({ lora })));
  const json = JSON.parse(await readFile(join(saved, 'q-anchor.json'), 'utf8')) as {
    users: { textEncoder: unknown };
  };
  expect(json.users.textEncoder).toEqual({ kind: 'bert', pooling: 'mean' });
});
