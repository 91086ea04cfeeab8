import {
  bertParameters,
  initialParameters,
  parameterInputs,
  type BertConfig,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { createGraph, type TensorData } from '@q-anchor/graph';
import {
  collateUsers,
  textEncoderOf,
  textNames,
  userTokensParameters,
  type TextEncoderConfig,
  type TextTokenizer,
  type UserTokensConfig,
} from '@q-anchor/user-tokens';
import { afterAll, describe, expect, test } from 'vitest';

import {
  collate,
  config,
  encodedPrefixes,
  event,
  largestDifference,
  profile,
  users,
} from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const bert: BertConfig = {
  vocabularySize: 30,
  width: config.eventWidth,
  layers: 1,
  heads: 2,
  feedForwardSize: 10,
  normEpsilon: 1e-12,
  maxPositions: 7,
  tokenTypes: 2,
};
const lora = { rank: 2, alpha: 2, dropout: 0, targets: ['query'] };
/** A word is one token, its length; 1 and 2 are the special ones. */
const textTokenizer: TextTokenizer = {
  encode: (text) => (text === '' ? [] : text.split(' ').map((word) => 10 + word.length)),
  specialId: (token) => ['[PAD]', '[CLS]', '[SEP]'].indexOf(token),
};
const configOf = (textEncoder: TextEncoderConfig): UserTokensConfig => ({
  ...config,
  textEncoder,
  eventWidth: textEncoder.kind === 'embedding-table' ? config.width : config.eventWidth,
});
const encoderOf = (textEncoder: TextEncoderConfig) => textEncoderOf(configOf(textEncoder));

describe('what an encoder trains', () => {
  test.each<[string, TextEncoderConfig, readonly string[], boolean]>([
    ['a token bag: its table', { kind: 'token-bag' }, [textNames.table], false],
    ['a table of the model: its norm', { kind: 'embedding-table' }, [textNames.norm], false],
    ['a frozen BERT: nothing', { kind: 'bert', bert, pooling: 'cls' }, [], true],
    [
      'a BERT with adapters: these',
      { kind: 'bert', bert, pooling: 'cls', lora },
      ['A', 'B'].map(
        (factor) =>
          `${textNames.bert}base_model.model.encoder.layer.0.attention.self.query.lora_${factor}.weight`,
      ),
      false,
    ],
  ])('%s', (_, textEncoder, expected, isFrozen) => {
    const encoder = encoderOf(textEncoder);
    const frozen = new Set(encoder.frozen);
    const names = Object.keys(encoder.parameters);
    expect(names.filter((name) => !frozen.has(name))).toEqual(expected);
    expect(encoder.isFrozen).toBe(isFrozen);
    expect(encoder.kind).toBe(textEncoder.kind);
    expect(Object.keys(userTokensParameters(configOf(textEncoder)))).toEqual(
      expect.arrayContaining(names),
    );
  });

  test('without a configuration it is a token bag', () => {
    expect(textEncoderOf(config).parameters).toEqual(encoderOf({ kind: 'token-bag' }).parameters);
  });
});

describe('token ids', () => {
  const options = { tokenizer: collate.tokenizer, textTokenizer };

  test("BERT's stand between its special tokens, which the cap counts", () => {
    const encoder = encoderOf({ kind: 'bert', bert, pooling: 'cls' });
    const ids = (text: string, maxTokens: number) =>
      encoder.tokenIds(text, { ...options, maxTokens });
    expect(ids('rent a tram', 9)).toEqual([1, 14, 11, 14, 2]);
    expect(ids('rent a tram', 4)).toEqual([1, 14, 11, 2]);
    expect(ids('rent a tram', 1)).toEqual([1, 2]);
    expect(ids('', 9)).toEqual([1, 2]);
    expect(ids('a b c d e f g h i', 99)).toHaveLength(bert.maxPositions);
  });

  test("other encoders read the model's", () => {
    for (const kind of ['token-bag', 'embedding-table'] as const) {
      const ids = encoderOf({ kind }).tokenIds('tram ticket home', { ...options, maxTokens: 2 });
      expect(ids).toEqual(collate.tokenizer.encode('tram ticket'));
    }
  });

  test('BERT without its tokenizer is an error that says so', () => {
    const encoder = encoderOf({ kind: 'bert', bert, pooling: 'cls' });
    const { tokenizer } = options;
    expect(() => encoder.tokenIds('rent', { tokenizer, maxTokens: 5 })).toThrow(InputError);
    const of = configOf({ kind: 'bert', bert, pooling: 'cls' });
    expect(() => collateUsers(users, { ...collate, config: of })).toThrow(/textTokenizer/);
  });
});

test("BERT's texts come once each, padded to the longest", () => {
  const encoder = encoderOf({ kind: 'bert', bert, pooling: 'cls' });
  const feeds = encoder.feeds([
    {
      name: 'bill',
      texts: [
        [1, 14, 2],
        [1, 2],
        [1, 14, 2],
      ],
    },
    { name: 'none', texts: [[]] },
    {
      name: 'spm',
      texts: [
        [1, 2],
        [1, 11, 12, 2],
      ],
    },
  ]);
  const values = (name: string): number[] => Array.from(feeds[name]!.data, Number);
  expect(feeds['users.texts.tokens']!.shape).toEqual([3, 4]);
  expect(values('users.texts.tokens')).toEqual([1, 14, 2, 0, 1, 2, 0, 0, 1, 11, 12, 2]);
  expect(values('users.texts.mask')).toEqual([1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1]);
  expect(values('users.bill.textRows')).toEqual([0, 1, 0]);
  expect(values('users.none.textRows')).toEqual([0]);
  expect(values('users.spm.textRows')).toEqual([1, 2]);
});

test('a batch without any text still has a row', () => {
  const feeds = encoderOf({ kind: 'bert', bert, pooling: 'cls' }).feeds([
    { name: 'bill', texts: [[]] },
  ]);
  expect(feeds['users.texts.tokens']!.shape).toEqual([1, 1]);
  expect(Array.from(feeds['users.texts.mask']!.data, Number)).toEqual([0]);
});

describe('runs', () => {
  const encoder = encoderOf({ kind: 'bert', bert, pooling: 'cls' });

  test('BERT’s are of like length and bounded', () => {
    const lengths = Array.from({ length: 700 }, (_, i) => 2 + ((i * 61) % 200));
    const runs = encoder.runs(lengths);
    expect(runs.flat().toSorted((a, b) => a - b)).toEqual([...lengths.keys()]);
    const sizes = runs.map((run) => run.length * Math.max(...run.map((i) => lengths[i]!)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8192);
    const padded = sizes.reduce((sum, size) => sum + size, 0);
    expect(padded).toBeLessThan(1.1 * lengths.reduce((sum, length) => sum + length, 0));
  });

  test('one text longer than a run is a run; no texts are none', () => {
    expect(encoder.runs([9000, 3, 9000])).toEqual([[1], [0], [2]]);
    expect(encoder.runs([])).toEqual([]);
    expect(encoderOf({ kind: 'token-bag' }).runs([])).toEqual([]);
  });

  test("a bag's are of so many texts, in order", () => {
    const runs = encoderOf({ kind: 'token-bag' }).runs(Array<number>(2050).fill(1));
    expect(runs.map((run) => [run[0], run.length])).toEqual([
      [0, 1024],
      [1024, 1024],
      [2048, 2],
    ]);
  });
});

/** Embeddings of texts by an encoder. */
async function embeddings(
  textEncoder: TextEncoderConfig,
  {
    specs,
    weights,
    texts,
  }: {
    readonly specs: ParameterSpecs;
    readonly weights: Readonly<Record<string, TensorData>>;
    readonly texts: readonly (readonly number[])[];
  },
): Promise<number[][]> {
  const encoder = encoderOf(textEncoder);
  const graph = createGraph();
  const parameters = parameterInputs(graph, specs);
  const [rows] = encoder.embed(graph, { parameters, groups: ['all'] });
  graph.output('rows', rows!);
  await using program = await engine.compile(graph);
  const out = await program.run({ ...weights, ...encoder.feeds([{ name: 'all', texts }]) });
  const { shape, data } = out['rows']!;
  return texts.map((_, i) =>
    Array.from(data.subarray(i * Number(shape[1]), (i + 1) * Number(shape[1])), Number),
  );
}

test("the model's table: the mean of a text's rows, its mean square 1, times a weight", async () => {
  const table = {
    'model.embed_tokens.weight': { shape: [9, config.width], kind: 'embedding' },
  } as const;
  const specs = { ...table, ...encoderOf({ kind: 'embedding-table' }).parameters };
  // As small as a checkpoint's, which the norm makes good.
  const weights = initialParameters(specs, { seed: 3, embeddingDeviation: 0.02 });
  const norm = weights[textNames.norm]!.data as Float32Array;
  norm.set([2, 1, 1, 1, 1, 1, 1, -1]);
  const texts = [[3, 5, 3], [7], []];
  const rows = await embeddings({ kind: 'embedding-table' }, { specs, weights, texts });
  const values = weights['model.embed_tokens.weight']!.data as Float32Array;
  const expected = texts.map((ids) => {
    const mean = Array.from({ length: config.width }, (_, i) =>
      ids.reduce((sum, id) => sum + values[id * config.width + i]! / ids.length, 0),
    );
    const square = mean.reduce((sum, value) => sum + value ** 2, 0) / mean.length;
    return mean.map((value, i) => (value / Math.sqrt(square + 1e-8)) * norm[i]!);
  });
  expect(largestDifference(rows, expected)).toBeLessThan(1e-5);
  expect(largestDifference(rows[2], Array(config.width).fill(0))).toBe(0);
});

test("BERT's adapters count in the embeddings, and start without effect", async () => {
  const text = { kind: 'bert', bert, pooling: 'mean', lora } as const;
  const { parameters: specs } = encoderOf(text);
  const weights = initialParameters(specs, { seed: 1, embeddingDeviation: 1 });
  const texts = [
    [1, 14, 2],
    [1, 5, 6, 7, 2],
  ];
  const { lora: _, ...plain } = text;
  const base = await embeddings(plain, {
    specs: encoderOf(plain).parameters,
    weights: plainOf(weights),
    texts,
  });
  expect(await embeddings(text, { specs, weights, texts })).toEqual(base);
  const name = Object.keys(specs).find((key) => key.includes('lora_B'))!;
  const { dtype, shape, data } = weights[name]!;
  const drawn = {
    dtype,
    shape,
    data: Float32Array.from({ length: data.length }, (__, i) => Math.cos(i)),
  };
  const moved = await embeddings(text, { specs, weights: { ...weights, [name]: drawn }, texts });
  expect(largestDifference(moved, base)).toBeGreaterThan(1e-3);
});

const plainOf = (weights: Readonly<Record<string, TensorData>>): Record<string, TensorData> =>
  Object.fromEntries(Object.entries(weights).filter(([name]) => !name.includes('.lora_')));

test('a prefix by BERT: as with its embeddings looked up, a user alone as beside others', async () => {
  const of = configOf({ kind: 'bert', bert, pooling: 'cls' });
  const options = { ...collate, config: of, textTokenizer };
  const together = await encodedPrefixes(engine, users, options);
  for (const [b, user] of users.entries()) {
    const [alone] = await encodedPrefixes(engine, [user], options);
    expect(largestDifference(alone, together[b])).toBeLessThan(2e-6);
  }
  const other = profile('short', {
    bill: [event(99, 'a longer text', 14)],
    spm: [event(10, 'news')],
  });
  const [changed] = await encodedPrefixes(engine, [other], options);
  const [before] = await encodedPrefixes(
    engine,
    [profile('short', { bill: [event(99, 'rent', 14)], spm: [event(10, 'news')] })],
    options,
  );
  expect(largestDifference(changed, before)).toBeGreaterThan(1e-3);
});

test('names of BERT’s parameters are those of its checkpoints, below a prefix', () => {
  const names = Object.keys(encoderOf({ kind: 'bert', bert, pooling: 'cls' }).parameters);
  expect(names).toEqual(
    Object.keys(bertParameters(bert)).map((name) => `encoder.text.bert.${name}`),
  );
});
