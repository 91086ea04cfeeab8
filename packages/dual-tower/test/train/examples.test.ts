import { createRandom } from '@q-anchor/core';
import {
  batchOrder,
  drawPairs,
  memorySource,
  type ExampleSource,
  type SamplingOptions,
} from '@q-anchor/dual-tower';
import { describe, expect, test } from 'vitest';

import { drawnExamples } from '../fixtures.js';

/** Examples whose lengths are given. */
const sourceOf = (lengths: readonly number[]): ExampleSource => ({
  count: lengths.length,
  lengthOf: (index) => lengths[index]!,
  load: () => Promise.reject(new Error('not needed')),
});

const options = (changes: Partial<SamplingOptions> = {}): SamplingOptions => ({
  batchUsers: 4,
  pairsPerUser: { future: 1, uqa: 2 },
  seed: 5,
  ...changes,
});

const lengths = Array.from({ length: 64 }, (_, i) => (i * 37) % 64);

/** All indices of an epoch. */
const epoch = (order: (batch: number) => readonly number[], number: number, batches: number) =>
  Array.from({ length: batches }, (_, i) => order(number * batches + i));

describe('batch order', () => {
  test('every example once per epoch, epochs differ', () => {
    const order = batchOrder(sourceOf(lengths), options());
    const [first, second] = [epoch(order, 0, 16), epoch(order, 1, 16)];
    for (const batches of [first, second]) {
      expect(batches.flat().toSorted((a, b) => a - b)).toEqual([...lengths.keys()]);
      expect(batches.every((batch) => batch.length === 4)).toBe(true);
    }
    expect(first).not.toEqual(second);
  });

  test('a batch depends on the options and its number alone', () => {
    const asked = batchOrder(sourceOf(lengths), options());
    const jumping = [40, 3, 17, 3, 90, 0].map((batch) => [batch, asked(batch)] as const);
    for (const [batch, indices] of jumping) {
      expect(batchOrder(sourceOf(lengths), options())(batch)).toEqual(indices);
    }
    expect(batchOrder(sourceOf(lengths), options({ seed: 6 }))(0)).not.toEqual(asked(0));
  });

  test('examples of a batch have like lengths, more so in wider windows', () => {
    const spread = (bucketBatches: number): number => {
      const order = batchOrder(sourceOf(lengths), options({ bucketBatches }));
      return epoch(order, 0, 16).reduce((sum, batch) => {
        const own = batch.map((index) => lengths[index]!);
        return sum + Math.max(...own) - Math.min(...own);
      }, 0);
    };
    // One window over all: sixteen runs of four neighbours, each 3 apart.
    expect(spread(16)).toBe(16 * 3);
    expect(spread(4)).toBeLessThan(spread(1) / 2);
    expect(spread(1)).toBeGreaterThan(16 * 20);
  });

  test('batches of an epoch do not come shortest first', () => {
    const order = batchOrder(sourceOf(lengths), options());
    const means = epoch(order, 0, 16).map((batch) => lengths[batch[0]!]!);
    expect(means).not.toEqual(means.toSorted((a, b) => a - b));
  });

  test('what fills no batch is left out, others each epoch: not always the longest', () => {
    const some = lengths.slice(0, 62);
    const order = batchOrder(sourceOf(some), options());
    const seen = new Set<number>();
    for (let number = 0; number < 12; number++) {
      const indices = epoch(order, number, 15).flat();
      expect(new Set(indices).size).toBe(60);
      for (const index of indices) seen.add(index);
    }
    expect(seen.size).toBe(62);
  });

  test('fewer examples than a batch are one batch', () => {
    const order = batchOrder(sourceOf([3, 1, 2]), options());
    expect(order(7).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  });
});

describe('pairs of an example', () => {
  const random = createRandom(2);
  const profile = drawnExamples(1, 1)[0]!.profile;
  const pair = (source: 'uqa' | 'future', query: string) => ({ source, query, answer: 'yes' });
  const pairs = [
    ...['a', 'b', 'c', 'd'].map((query) => pair('uqa', query)),
    ...['x', 'y'].map((query) => pair('future', query)),
  ];

  test('so many of each source, none twice', () => {
    for (let i = 0; i < 20; i++) {
      const drawn = drawPairs({ profile, pairs }, { pairsPerUser: { uqa: 3, future: 1 }, random });
      expect(drawn.filter((p) => p.source === 'uqa')).toHaveLength(3);
      expect(drawn.filter((p) => p.source === 'future')).toHaveLength(1);
      expect(new Set(drawn.map((p) => p.query)).size).toBe(4);
    }
  });

  test('each pair is drawn about as often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 600; i++) {
      for (const { query } of drawPairs(
        { profile, pairs },
        { pairsPerUser: { uqa: 2, future: 0 }, random },
      )) {
        counts.set(query, (counts.get(query) ?? 0) + 1);
      }
    }
    expect([...counts.keys()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    for (const count of counts.values()) expect(Math.abs(count - 300)).toBeLessThan(60);
  });

  test('a user with fewer gives what it has, and never nothing', () => {
    const future = pairs.slice(4);
    const draw = (pairsPerUser: SamplingOptions['pairsPerUser']) =>
      drawPairs({ profile, pairs: future }, { pairsPerUser, random });
    expect(draw({ uqa: 5, future: 5 })).toHaveLength(2);
    expect(draw({ uqa: 5, future: 0 })).toHaveLength(1);
  });
});

test('a source in memory: lengths are numbers of events', async () => {
  const examples = drawnExamples(4, 3);
  const source = memorySource(examples);
  expect(source.count).toBe(3);
  const { bill, spm } = examples[1]!.profile.events;
  expect(source.lengthOf(1)).toBe(bill!.length + spm!.length);
  expect(await source.load([2, 0])).toEqual([examples[2], examples[0]]);
});
