import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  decoderParameters,
  loraParameters,
  mergeLora,
  openModelDirectory,
  readParameters,
  writeAdapters,
  type DecoderConfig,
  type LoraConfig,
} from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { createRandom, InputError } from '@q-anchor/core';
import {
  baseDigest,
  initialDualTower,
  openBackbone,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import { userSpecialTokens } from '@q-anchor/user-tokens';
import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { writeTinyBackbone, type TinyBackboneOptions } from './tiny-backbone.js';
import { tinyModel } from './tiny-model.js';

const specialTokens = userSpecialTokens(['bill', 'spm', 'tabular']);
const table = 'model.embed_tokens.weight';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

/** A directory and the weights in it. */
async function tiny(name: string, options: TinyBackboneOptions = {}) {
  const directory = join(root, name);
  const config = await writeTinyBackbone(directory, options);
  await using model = await openModelDirectory(directory);
  const weights = await readParameters(model.weights, model.parameters);
  return { directory, config, weights, tokenizer: model.tokenizer };
}

const rowsOf = (tensors: Tensors, name: string, [from, to]: readonly [number, number]) => {
  const { shape, data } = tensors[name]!;
  return Array.from(data.slice(from * shape[1]!, to * shape[1]!), Number);
};

describe('an adapted backbone', () => {
  test('keeps its weights; what its tokenizer lacks are added tokens', async () => {
    const { directory, config, weights, tokenizer } = await tiny('adapted');
    const backbone = await openBackbone(directory, { specialTokens, isAdapted: true, seed: 1 });
    expect(backbone.decoder).toEqual(config);
    expect(await backbone.weights()).toEqual(weights);
    expect(backbone.addedTokens).toEqual({ first: tokenizer.vocabularySize, count: 7 });
    expect(specialTokens.map((token) => backbone.tokenizer.specialId(token))).toEqual(
      specialTokens.map((_, i) => tokenizer.vocabularySize + i),
    );
    expect(backbone.tokenizer.encode('paid the rent')).toEqual(tokenizer.encode('paid the rent'));
    expect(backbone.baseModel).toBe('adapted');
  });

  test('may be left in its files: the same values, start rows and digest', async () => {
    const { directory, config } = await tiny('stored', { padding: 3 });
    const backbone = await openBackbone(directory, { specialTokens, isAdapted: true, seed: 1 });
    const of: DualTowerConfig = {
      ...tinyModel({ decoder: config }).config,
      lora: { rank: 2, alpha: 2, dropout: 0, targets: ['q_proj'] },
      addedTokens: backbone.addedTokens!,
    };
    const stored = initialDualTower(of, 1, { given: await backbone.storedWeights() });
    const read = initialDualTower(of, 1, { given: await backbone.weights() });
    expect(stored['tokens.added.weight']).toEqual(read['tokens.added.weight']);
    expect(stored[table]).toMatchObject({ file: { path: join(directory, 'model.safetensors') } });
    expect(await baseDigest(of, stored)).toBe(await baseDigest(of, read));
    expect(Object.keys(stored)).toEqual(expect.arrayContaining(Object.keys(read)));
  });

  test('begins its sequences as a chat does, and ends its answers as it says', async () => {
    const { directory, tokenizer } = await tiny('chat');
    const options = { specialTokens, isAdapted: true, seed: 1 };
    const backbone = await openBackbone(directory, options);
    expect(tokenizer.decode(backbone.headerIds)).toBe('<|im_start|>user\n');
    expect(backbone.endIds).toEqual([tokenizer.specialId('<|im_end|>')]);
    const plain = await tiny('no-chat', { hasChat: false });
    expect((await openBackbone(plain.directory, options)).headerIds).toEqual([]);
  });

  test('new ids may lie inside a padded table', async () => {
    const { directory, config, tokenizer } = await tiny('padded', { padding: 20 });
    const backbone = await openBackbone(directory, { specialTokens, isAdapted: true, seed: 1 });
    const { first, count } = backbone.addedTokens!;
    expect(first).toBe(tokenizer.vocabularySize);
    expect(first + count).toBeLessThan(config.vocabularySize);
  });

  test('new rows start near the mean of the rows of tokens, none equal', async () => {
    const { directory, config, tokenizer } = await tiny('rows', { padding: 20 });
    const backbone = await openBackbone(directory, { specialTokens, isAdapted: true, seed: 1 });
    const of: DualTowerConfig = {
      ...tinyModel({ decoder: config }).config,
      lora: { rank: 2, alpha: 2, dropout: 0, targets: ['q_proj'] },
      addedTokens: backbone.addedTokens!,
    };
    const given = await backbone.weights();
    const initial = initialDualTower(of, 1, { given });
    const tokens = tokenizer.vocabularySize;
    const known = rowsOf(given, table, [0, tokens]);
    const rows = rowsOf(initial, 'tokens.added.weight', [0, 7]);
    for (let column = 0; column < config.width; column++) {
      const mean = known.filter((_, i) => i % config.width === column).reduce((a, b) => a + b, 0);
      const own = rows.filter((_, i) => i % config.width === column);
      for (const value of own) expect(Math.abs(value - mean / tokens)).toBeLessThan(0.03);
      expect(new Set(own).size).toBe(7);
    }
    expect(initial[table]).toBe(given[table]);
  });
});

/** Adapters of a decoder, neither factor zero. */
function adaptersFor(config: DecoderConfig, lora: LoraConfig) {
  const specs = decoderParameters(config);
  const random = createRandom(3);
  const adapters = Object.fromEntries(
    Object.entries(loraParameters(specs, lora)).map(([name, { shape }]) => {
      const data = Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.normal());
      return [name, { dtype: 'float32', shape, data } as const];
    }),
  );
  return { lora, adapters, specs, taskType: 'CAUSAL_LM' } as const;
}

describe('a backbone with adapters beside its weights', () => {
  const beside = { rank: 2, alpha: 3, dropout: 0, targets: ['k_proj', 'down_proj'] };
  const isAdapted = (name: string): boolean => /(k_proj|down_proj)\.weight$/.test(name);

  test('begins where they ended, whether its weights are read or mapped', async () => {
    const { directory, config, weights } = await tiny('with-adapters');
    const adapters = adaptersFor(config, beside);
    await writeAdapters(directory, adapters);
    const backbone = await openBackbone(directory, { specialTokens, isAdapted: true, seed: 1 });
    const read = await backbone.weights();
    expect(read).toEqual(mergeLora(weights, adapters));
    expect(
      Object.keys(read).filter((name) => read[name]!.data.join() !== weights[name]!.data.join()),
    ).toEqual(Object.keys(weights).filter(isAdapted));
    const stored = await backbone.storedWeights();
    const inFiles = Object.keys(weights).filter((name) => 'file' in stored[name]!);
    expect(inFiles).toEqual(Object.keys(weights).filter((name) => !isAdapted(name)));
    expect(
      Object.keys(weights)
        .filter(isAdapted)
        .map((name) => stored[name]),
    ).toEqual(
      Object.keys(weights)
        .filter(isAdapted)
        .map((name) => read[name]),
    );
  });

  test('has them in its weights where it is trained whole, its tables grown', async () => {
    const { directory, config, weights } = await tiny('whole-with-adapters');
    const adapters = adaptersFor(config, beside);
    await writeAdapters(directory, adapters);
    const backbone = await openBackbone(directory, { specialTokens, isAdapted: false, seed: 1 });
    const read = await backbone.weights();
    const merged = mergeLora(weights, adapters);
    for (const name of Object.keys(weights).filter(isAdapted)) {
      expect(read[name]).toEqual(merged[name]);
    }
    expect(read[table]!.shape[0]).toBe(backbone.decoder.vocabularySize);
  });
});

describe('a backbone to be trained whole', () => {
  test.each([0, 3, 20])('has the new rows in its tables, %d rows of padding', async (padding) => {
    const name = `whole-${padding}`;
    const { directory, config, weights, tokenizer } = await tiny(name, {
      padding,
      tiedEmbeddings: false,
    });
    const backbone = await openBackbone(directory, { specialTokens, isAdapted: false, seed: 1 });
    const tokens = tokenizer.vocabularySize;
    expect(backbone.addedTokens).toBeUndefined();
    expect(backbone.decoder).toEqual({
      ...config,
      vocabularySize: tokens + Math.max(padding, 7),
    });
    const grown = await backbone.weights();
    for (const each of [table, 'lm_head.weight']) {
      expect(grown[each]!.shape).toEqual([backbone.decoder.vocabularySize, config.width]);
      expect(rowsOf(grown, each, [0, tokens])).toEqual(rowsOf(weights, each, [0, tokens]));
      const rest: [number, number] = [tokens + 7, Math.max(tokens + 7, config.vocabularySize)];
      expect(rowsOf(grown, each, rest)).toEqual(rowsOf(weights, each, rest));
      const added = rowsOf(grown, each, [tokens, tokens + 7]);
      expect(new Set(added).size).toBe(added.length);
      expect(Math.max(...added.map(Math.abs))).toBeLessThan(0.3);
    }
    const others = Object.keys(weights).filter((key) => !/embed_tokens|lm_head/.test(key));
    for (const key of others) expect(grown[key]).toEqual(weights[key]);
  });

  test('nothing is added where all tokens are known', async () => {
    const { directory, config, weights } = await tiny('known', {
      specialTokens: ['<|endoftext|>', ...specialTokens],
      hasChat: false,
    });
    for (const isAdapted of [true, false]) {
      const backbone = await openBackbone(directory, { specialTokens, isAdapted, seed: 1 });
      expect(backbone.addedTokens).toBeUndefined();
      expect(backbone.decoder).toEqual(config);
      expect(await backbone.weights()).toEqual(weights);
    }
  });
});

describe('what is no backbone', () => {
  const open = (directory: string) =>
    openBackbone(directory, { specialTokens, isAdapted: true, seed: 1 });

  test('no directory, adapters that do not fit, a tokenizer without an end', async () => {
    await expect(open(join(root, 'nowhere'))).rejects.toThrow(InputError);
    const { directory } = await tiny('not-adapters');
    await writeFile(join(directory, 'adapter_config.json'), '{}');
    await expect(open(directory)).rejects.toThrow(/adapter_config\.json/);
    const other = await tiny('others-adapters', { padding: 1 });
    const lora = { rank: 2, alpha: 2, dropout: 0, targets: ['q_proj'] };
    const { width } = other.config;
    await writeAdapters(other.directory, adaptersFor({ ...other.config, width: 2 * width }, lora));
    await expect(open(other.directory)).rejects.toThrow(/lora_A.*shape/s);
    const endless = await tiny('endless', {
      specialTokens: ['<|im_start|>', '<|im_end|>'],
    });
    await expect(open(endless.directory)).rejects.toThrow(/endoftext/);
  });
});

test('the digest of a base is of its values, and none where all is trained', async () => {
  const lora = { rank: 2, alpha: 2, dropout: 0, targets: ['q_proj'] };
  const { config, parameters } = tinyModel({ lora });
  const digest = await baseDigest(config, parameters);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  const head = 'head.output.bias';
  const changed = (name: string): Tensors => {
    const tensor = parameters[name]!;
    const data = Float32Array.from(tensor.data as Float32Array, (value) => value + 1);
    return { ...parameters, [name]: { ...tensor, data } };
  };
  expect(await baseDigest(config, changed(head))).toBe(digest);
  expect(await baseDigest(config, changed(table))).not.toBe(digest);
  const { lora: _, ...whole } = config;
  expect(await baseDigest(whole, parameters)).toBeUndefined();
});
