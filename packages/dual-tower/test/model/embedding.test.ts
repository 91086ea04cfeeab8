import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  createEmbedder,
  embeddingSize,
  headParameters,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import { afterAll, expect, test } from 'vitest';

import {
  collate,
  config,
  createLossRunner,
  drawnParameters,
  drawnProfile,
  relativeError,
} from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const random = createRandom(3);
const users = Array.from({ length: 4 }, (_, i) => drawnProfile(random, `u${i}`, i * 2));
const queries = ['will they buy coffee soon', ''];
const hidden: DualTowerConfig = { ...config, embedding: 'hidden' };

/** Parameters whose head has no biases: one of ReLU does not mind then how long what it reads is. */
const parameters = Object.fromEntries(
  Object.entries(drawnParameters(config)).map(([name, value]) => [
    name,
    /^head.*bias$/u.test(name) ? { ...value, data: new Float32Array(value.data.length) } : value,
  ]),
) as ReturnType<typeof drawnParameters>;

const embeddings = async (of: DualTowerConfig): Promise<readonly (readonly number[])[]> => {
  await using embedder = await createEmbedder(engine, { config: of, parameters, collate });
  expect(embedder.dimensions).toBe(embeddingSize(of));
  const rows = await embedder.embed(users, queries);
  return Array.from({ length: users.length * queries.length }, (_, i) => [
    ...rows.subarray(i * embedder.dimensions, (i + 1) * embedder.dimensions),
  ]);
};

test('an embedding has as many numbers as the head gives, or as the decoder is wide', () => {
  expect(embeddingSize(config)).toBe(12);
  expect(embeddingSize({ ...config, embedding: 'head' })).toBe(12);
  expect(embeddingSize(hidden)).toBe(16);
});

test('hidden states are what the head reads: behind them it gives what the model gave', async () => {
  const [up, , down] = Object.keys(headParameters(config)).map((name) => parameters[name]!);
  const times = ({ data, shape }: (typeof parameters)[string], x: readonly number[]): number[] =>
    Array.from({ length: shape[0]! }, (_, r) =>
      x.reduce((sum, value, c) => sum + value * Number(data[r * x.length + c]), 0),
    );
  const expected = await embeddings(config);
  for (const [i, row] of (await embeddings(hidden)).entries()) {
    expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    const out = times(
      down!,
      times(up!, row).map((x) => Math.max(0, x)),
    );
    const length = Math.hypot(...out);
    expect(
      relativeError(
        out.map((x) => x / length),
        expected[i]!,
      ),
    ).toBeLessThan(1e-4);
  }
});

test('training reads the head either way', async () => {
  const examples = users.map((profile) => ({
    profile,
    pairs: queries.map((query) => ({ query, answer: 'coffee', source: 'uqa' as const })),
  }));
  const [byHead, byHidden] = await Promise.all(
    [config, hidden].map(async (of) => await (await createLossRunner(engine, { of }))(examples)),
  );
  expect(byHidden).toEqual(byHead);
});
