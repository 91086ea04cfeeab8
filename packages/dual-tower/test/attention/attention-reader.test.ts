import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, InputError, ShapeError, type UserProfile } from '@q-anchor/core';
import {
  createAttentionReader,
  dualTowerInputs,
  queryTokenIds,
  weightsOf,
  type AskedQuery,
  type DualTowerConfig,
  type QueryAttention,
} from '@q-anchor/dual-tower';
import { createGraph, type TensorData } from '@q-anchor/graph';
import {
  coarseToFine,
  collateUsers,
  userEmbeddingToken,
  userPrefix,
  type PrefixLayout,
} from '@q-anchor/user-tokens';
import { tokenEmbeddings } from '@q-anchor/backbone';
import { afterAll, describe, expect, test } from 'vitest';

import {
  collate,
  config,
  drawnParameters,
  drawnProfile,
  grownConfig,
  loraConfig,
  qwen3Config,
  relativeError,
} from '../fixtures.js';
import { plainAttention } from './plain-attention.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const random = createRandom(5);
const users = Array.from({ length: 4 }, (_, i) => drawnProfile(random, `u${i}`, i * 2));
const prompts: TensorData = {
  dtype: 'float32',
  shape: [3, config.decoder.width],
  data: Float32Array.from({ length: 3 * config.decoder.width }, () => random.normal()),
};
const asked: readonly AskedQuery[] = [
  { query: 'will they buy coffee soon' },
  { query: '' },
  { query: 'travel often', prompts },
];

const readerOf = (of: DualTowerConfig, options: object = {}) =>
  createAttentionReader(engine, {
    config: of,
    parameters: drawnParameters(of),
    collate: { ...collate, ...options },
  });

const rowsOf = ({ shape, data }: TensorData): number[][] => {
  const width = shape.at(-1)!;
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data.slice(row * width, (row + 1) * width), Number),
  );
};

/** Token embeddings of one user's whole sequence. */
async function sequence(
  profile: UserProfile,
  { of, query, prompts: soft }: { of: DualTowerConfig } & AskedQuery,
): Promise<number[][]> {
  const parameters = drawnParameters(of);
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, of);
  graph.output(
    'prefix',
    userPrefix(graph, { config: of.users, parameters: lookup, textSource: 'tokens' }).embeddings,
  );
  graph.output('query', tokenEmbeddings(lookup, graph.input('ids', ['query'], 'int64')));
  await using program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  const { tokenizer } = collate;
  const [words] = queryTokenIds([query], { config: of, tokenizer });
  const ids = [...words!, tokenizer.specialId(userEmbeddingToken)];
  const outputs = await program.run({
    ...collateUsers([profile], { config: of.users, ...collate }).feeds,
    ids: { dtype: 'int64', shape: [ids.length], data: BigInt64Array.from(ids, BigInt) },
  });
  return [
    ...rowsOf(outputs['prefix']!),
    ...(soft ? rowsOf(soft) : []),
    ...rowsOf(outputs['query']!),
  ];
}

/** Mean over heads, by layer, of what one token of a sequence attends to. */
const plainRows = (
  embeddings: readonly (readonly number[])[],
  { of, place }: { readonly of: DualTowerConfig; readonly place: number },
): number[][] =>
  plainAttention(embeddings, { config: of, parameters: drawnParameters(of) }).map((byHead) =>
    embeddings.map(
      (_, key) => byHead.reduce((sum, rows) => sum + (rows[place]![key] ?? 0), 0) / byHead.length,
    ),
  );

const flat = (rows: readonly ArrayLike<number>[]): number[] =>
  rows.flatMap((row) => Array.from(row));

describe.each([
  ['qwen2', config],
  ['qwen3', qwen3Config],
  ['with adapters', loraConfig],
  ['with added tokens', grownConfig],
])('%s', async (_, of) => {
  const reader = await readerOf(of);
  const read = await reader.read(users, asked);

  test('equals a plain computation of the whole sequence', async () => {
    for (const [u, user] of users.entries()) {
      for (const [a, one] of asked.entries()) {
        const embeddings = await sequence(user, { of, ...one });
        const found = read[u]![a]!;
        const last = embeddings.length - 1;
        const expected = plainRows(embeddings, { of, place: last });
        expect(relativeError(flat(found.fromUserEmbedding), flat(expected))).toBeLessThan(2e-5);
        const count = one.prompts ? 3 : 0;
        expect(found.fromPrompts).toHaveLength(count);
        const first = found.tokens.findIndex(({ kind }) => kind === 'prompt');
        for (const [p, rows] of found.fromPrompts.entries()) {
          const plain = plainRows(embeddings, { of, place: first + p });
          expect(relativeError(flat(rows), flat(plain))).toBeLessThan(2e-5);
        }
      }
    }
  });

  test('of a batch with padding equals that of single users', async () => {
    for (const [u, user] of users.entries()) {
      const [alone] = await reader.read([user], asked);
      for (const [a, attention] of alone!.entries()) {
        const { tokens, fromUserEmbedding, fromPrompts }: QueryAttention = read[u]![a]!;
        expect(attention.tokens).toEqual(tokens);
        expect(
          relativeError(flat(attention.fromUserEmbedding), flat(fromUserEmbedding)),
        ).toBeLessThan(1e-5);
        expect(
          relativeError(flat(attention.fromPrompts.flat()), flat(fromPrompts.flat())),
        ).toBeLessThan(1e-5);
      }
    }
  });

  test('each layer sums to 1', () => {
    for (const attention of read.flat()) {
      for (const row of [attention.fromUserEmbedding, ...attention.fromPrompts].flat()) {
        expect(row).toHaveLength(attention.tokens.length);
        expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      }
    }
  });
});

test('prefixes read in parts give what the plain computation gives', async () => {
  const of: DualTowerConfig = {
    ...config,
    decoder: { ...config.decoder, maxPositions: 1024 },
    users: {
      ...config.users,
      modalities: config.users.modalities.map((modality) => ({ ...modality, maxEvents: 300 })),
    },
  };
  await using reader = await readerOf(of);
  const long = drawnProfile(createRandom(8), 'long', 500);
  const [[attention]] = (await reader.read([long, users[3]!], [asked[2]!])) as [
    readonly QueryAttention[],
    ...unknown[],
  ];
  expect(attention!.tokens.length).toBeGreaterThan(300);
  const embeddings = await sequence(long, { of, ...asked[2]! });
  const expected = plainRows(embeddings, { of, place: embeddings.length - 1 });
  expect(relativeError(flat(attention!.fromUserEmbedding), flat(expected))).toBeLessThan(2e-5);
}, 60_000);

test('what tokens stand for follows the layout', async () => {
  const backward: PrefixLayout = {
    name: 'backward',
    arrange: (content) => coarseToFine.arrange(content).toReversed(),
  };
  await using reader = await readerOf(config, { layout: backward });
  const [[attention]] = (await reader.read([users[3]!], [asked[0]!])) as [
    readonly QueryAttention[],
  ];
  const kinds = attention!.tokens.map(({ kind }) => kind);
  expect(kinds[0]).toBe('marker');
  expect(kinds.slice(-8)).toEqual([
    'user',
    'header',
    'query',
    'query',
    'query',
    'query',
    'query',
    'userEmbedding',
  ]);
});

describe('mistakes', async () => {
  const reader = await readerOf(config);

  test('no user, no query, a query that is too long', async () => {
    await expect(reader.read([], asked)).rejects.toThrow(InputError);
    await expect(reader.read(users, [])).rejects.toThrow(/0 queries/);
    const query = Array.from({ length: 60 }, () => 'coffee').join(' ');
    await expect(reader.read(users, [{ query }])).rejects.toThrow(/at most 48 tokens/);
  });

  test('prompts of another width', async () => {
    const narrow: TensorData = { dtype: 'float32', shape: [1, 4], data: new Float32Array(4) };
    await expect(reader.read(users, [{ query: '', prompts: narrow }])).rejects.toThrow(ShapeError);
  });
});
