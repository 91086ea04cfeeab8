import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, type UserProfile } from '@q-anchor/core';
import {
  averagedEmbeddings,
  createEmbedder,
  meanEmbedding,
  type Embedder,
} from '@q-anchor/dual-tower';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { collate, config, drawnParameters, drawnProfile, relativeError } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
let embedder: Embedder;
beforeAll(async () => {
  embedder = await createEmbedder(engine, {
    config,
    parameters: drawnParameters(config),
    collate,
  });
});
afterAll(async () => {
  await embedder[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const random = createRandom(5);
const profiles: readonly UserProfile[] = [3, 0, 6].map((most, i) =>
  drawnProfile(random, `u${i}`, most),
);
const queries = [[''], ['travel', 'news'], ['news'], ['will they buy coffee soon', '', 'travel']];
const distinct = ['', 'travel', 'news', 'will they buy coffee soon'];
const places = [[0], [1, 2], [2], [3, 0, 1]];

test('each list is the mean over its questions, all of which are asked in one run', async () => {
  const embed = vi.fn<Embedder['embed']>((...args) => embedder.embed(...args));
  const { dimensions } = embedder;
  const averaged = await averagedEmbeddings({ embed, dimensions }, { profiles, queries });
  expect(embed.mock.calls).toEqual([[profiles, distinct]]);
  const single = await embedder.embed(profiles, distinct);
  const rowOf = (data: Float32Array, at: number): Float32Array =>
    data.subarray(at * dimensions, (at + 1) * dimensions);
  expect(averaged).toHaveLength(profiles.length * queries.length * dimensions);
  for (const user of profiles.keys()) {
    for (const [list, own] of places.entries()) {
      const rows = own.map((place) => rowOf(single, user * distinct.length + place));
      const actual = rowOf(averaged, user * queries.length + list);
      const sum = Float32Array.from(rows[0]!, (_, d) =>
        rows.reduce((all, row) => all + row[d]!, 0),
      );
      const length = Math.hypot(...sum);
      expect(
        relativeError(
          actual,
          sum.map((value) => value / length),
        ),
      ).toBeLessThan(1e-6);
      expect(actual).toEqual(
        meanEmbedding(Float32Array.from(rows.flatMap((r) => [...r])), dimensions),
      );
    }
  }
});

test('lists of one question are what the embedder gives for them, bit for bit', async () => {
  const lists = distinct.map((question) => [question]);
  const averaged = await averagedEmbeddings(embedder, { profiles, queries: lists });
  expect(averaged).toEqual(await embedder.embed(profiles, distinct));
});

test('a list of no questions, no list, and no user', async () => {
  await expect(averagedEmbeddings(embedder, { profiles, queries: [['news'], []] })).rejects.toThrow(
    /queries\[1\]: expected at least one question, found none/u,
  );
  await expect(averagedEmbeddings(embedder, { profiles, queries: [] })).rejects.toThrow(
    /at least one user and one query/u,
  );
  await expect(averagedEmbeddings(embedder, { profiles: [], queries })).rejects.toThrow(
    /at least one user and one query/u,
  );
});
