import { parameterInputs } from '@q-anchor/backbone';
import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import { createRandom, InputError, type UserProfile } from '@q-anchor/core';
import { createEmbedder, initialDualTower, type DualTowerConfig } from '@q-anchor/dual-tower';
import { createGraph } from '@q-anchor/graph';
import { textEncoderOf } from '@q-anchor/user-tokens';
import { afterAll, describe, expect, test } from 'vitest';

import { collate, drawnProfile, relativeError } from '../fixtures.js';
import { bertText, configOf, givenWeights, lora, textTokenizer } from './encoders.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const collation = { ...collate, textTokenizer };
const random = createRandom(7);
const profiles = Array.from({ length: 6 }, (_, i) => drawnProfile(random, `u${i}`));
const queries = ['', 'what will they buy'];

/** Start values with adapters that do something: B is drawn as well. */
function parametersOf(config: DualTowerConfig): Tensors {
  const initial = initialDualTower(config, 5, { given: givenWeights() });
  const stream = createRandom(9);
  return Object.fromEntries(
    Object.entries(initial).map(([name, tensor]) => [
      name,
      name.includes('lora_B')
        ? {
            ...tensor,
            data: Float32Array.from({ length: tensor.data.length }, () => stream.normal()),
          }
        : tensor,
    ]),
  );
}

const embedded = async (
  config: DualTowerConfig,
  options: {
    readonly textCache?: boolean;
    readonly users?: readonly UserProfile[];
    readonly parameters?: Tensors;
  } = {},
): Promise<Float32Array> => {
  const { users = profiles, parameters = parametersOf(config), ...rest } = options;
  const given = { config, parameters, collate: collation, ...rest };
  await using embedder = await createEmbedder(engine, given);
  return await embedder.embed(users, queries);
};

describe.each([
  ['BERT by its mean', configOf(bertText())],
  ['BERT by its first token', configOf(bertText({ pooling: 'cls' }))],
  ['BERT with adapters', configOf(bertText({ lora }))],
  ["the language model's table", configOf({ kind: 'embedding-table' })],
  ['a token bag by name', configOf({ kind: 'token-bag' })],
])('%s', (_, config) => {
  test('embeddings through the cache equal those made in place', async () => {
    const inPlace = await embedded(config, { textCache: false });
    expect(inPlace.every(Number.isFinite)).toBe(true);
    expect(relativeError(await embedded(config, { textCache: true }), inPlace)).toBeLessThan(1e-5);
  });

  test('a user has the embeddings it has alone', async () => {
    const together = await embedded(config);
    const size = together.length / profiles.length;
    for (const [i, user] of profiles.entries()) {
      const alone = await embedded(config, { users: [user] });
      expect(relativeError(alone, together.subarray(i * size, (i + 1) * size))).toBeLessThan(1e-5);
    }
  });
});

test('BERT is cached unless told otherwise, each text once', async () => {
  const config = configOf(bertText());
  const given = { config, parameters: parametersOf(config), collate: collation };
  await using embedder = await createEmbedder(engine, given);
  await embedder.embed(profiles, queries);
  const { misses } = embedder.textCounts!;
  expect(misses).toBeGreaterThan(5);
  await embedder.embed(profiles, queries);
  expect(embedder.textCounts!.misses).toBe(misses);
});

test('texts, weights and adapters all matter', async () => {
  const config = configOf(bertText({ lora }));
  const parameters = parametersOf(config);
  const straight = await embedded(config, { parameters });
  const changed = (name: string): Tensors => {
    const tensor = parameters[name]!;
    const data = Float32Array.from(
      tensor.data as Float32Array,
      (value, i) => value + 0.3 * Math.cos(i),
    );
    return { ...parameters, [name]: { ...tensor, data } };
  };
  const bert = 'encoder.text.bert.';
  for (const name of [
    `${bert}embeddings.word_embeddings.weight`,
    `${bert}encoder.layer.1.output.dense.weight`,
    `${bert}base_model.model.encoder.layer.0.attention.self.query.lora_B.weight`,
  ]) {
    const other = await embedded(config, { parameters: changed(name) });
    expect([name, relativeError(other, straight) > 1e-4]).toEqual([name, true]);
  }
  const users = profiles.map((user) => ({
    ...user,
    events: { ...user.events, bill: user.events['bill']!.map((e) => ({ ...e, text: 'loan' })) },
  }));
  expect(relativeError(await embedded(config, { users, parameters }), straight)).toBeGreaterThan(
    1e-4,
  );
});

describe('control tokens in a text', () => {
  test('stay plain text', () => {
    const encoder = textEncoderOf(configOf(bertText()).users);
    const [start, end] = ['[CLS]', '[SEP]'].map((token) => textTokenizer.specialId(token));
    const text = 'rent [SEP] [CLS] [PAD]';
    const ids = encoder.tokenIds(text, {
      tokenizer: collate.tokenizer,
      textTokenizer,
      maxTokens: 99,
    });
    expect([ids[0], ids.at(-1)]).toEqual([start, end]);
    const inner = ids.slice(1, -1);
    expect(inner.length).toBeGreaterThan(3);
    for (const token of textTokenizer.specialTokens) {
      expect(inner).not.toContain(textTokenizer.specialId(token));
    }
  });
});

test('texts of very different lengths run beside those of their own length', async () => {
  const config = configOf(bertText());
  const encoder = textEncoderOf(config.users);
  const lengths = Array.from({ length: 900 }, (_, i) => 3 + ((i * 37) % 500));
  const runs = encoder.runs(lengths);
  expect(runs.flat().toSorted((a, b) => a - b)).toEqual([...lengths.keys()]);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const padded = runs.reduce(
    (sum, run) => sum + run.length * Math.max(...run.map((i) => lengths[i]!)),
    0,
  );
  expect(padded).toBeLessThan(1.05 * tokens);
  expect(runs.length).toBeLessThan(40);
});

test('without its tokenizer BERT has no texts', async () => {
  const config = configOf(bertText());
  const given = { config, parameters: parametersOf(config), collate };
  await using embedder = await createEmbedder(engine, given);
  const failure = embedder.embed(profiles, queries);
  await expect(failure).rejects.toThrow(InputError);
  await expect(failure).rejects.toThrow(/textTokenizer/);
});

test('embeddings equal the standalone encoder of the interface', async () => {
  const config = configOf(bertText());
  const encoder = textEncoderOf(config.users);
  const graph = createGraph();
  const lookup = parameterInputs(graph, encoder.parameters);
  const groups = ['a', 'b'];
  const embeddings = encoder.embed(graph, { parameters: lookup, groups });
  for (const [i, group] of groups.entries()) graph.output(group, embeddings[i]!);
  await using program = await engine.compile(graph);
  const ids = (text: string): readonly number[] =>
    encoder.tokenIds(text, { tokenizer: collate.tokenizer, textTokenizer, maxTokens: 5 });
  const feeds = encoder.feeds([
    { name: 'a', texts: [ids('rent'), ids('home page'), ids('rent')] },
    { name: 'b', texts: [ids('home page')] },
  ]);
  expect(feeds['users.texts.tokens']!.shape[0]).toBe(2);
  const { a, b } = await program.run({ ...givenWeights(), ...feeds });
  expect(a!.shape).toEqual([3, 8]);
  const row = (i: number): number[] => Array.from(a!.data.subarray(i * 8, i * 8 + 8), Number);
  expect(row(2)).toEqual(row(0));
  expect(Array.from(b!.data, Number)).toEqual(row(1));
  expect(row(1)).not.toEqual(row(0));
});
