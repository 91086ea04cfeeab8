import { createRandom, type QueryAnswer } from '@q-anchor/core';
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

describe('pairs of a batch', () => {
  const random = createRandom(2);
  const profile = drawnExamples(1, 1)[0]!.profile;
  const pair = (source: 'uqa' | 'future', query: string) => ({ source, query, answer: 'yes' });
  const pairs = [
    ...['a', 'b', 'c', 'd'].map((query) => pair('uqa', query)),
    ...['x', 'y'].map((query) => pair('future', query)),
  ];
  const drawOne = (
    own: readonly QueryAnswer[],
    pairsPerUser: SamplingOptions['pairsPerUser'],
  ): readonly QueryAnswer[] => drawPairs([{ profile, pairs: own }], { pairsPerUser, random })[0]!;

  test('so many of each source, none twice', () => {
    for (let i = 0; i < 20; i++) {
      const drawn = drawOne(pairs, { uqa: 3, future: 1 });
      expect(drawn.filter((p) => p.source === 'uqa')).toHaveLength(3);
      expect(drawn.filter((p) => p.source === 'future')).toHaveLength(1);
      expect(new Set(drawn.map((p) => p.query)).size).toBe(4);
    }
  });

  test('each pair is drawn about as often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 600; i++) {
      for (const { query } of drawOne(pairs, { uqa: 2, future: 0 })) {
        counts.set(query, (counts.get(query) ?? 0) + 1);
      }
    }
    expect([...counts.keys()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    for (const count of counts.values()) expect(Math.abs(count - 300)).toBeLessThan(60);
  });

  test('a user with fewer gives what it has, and never nothing', () => {
    const future = pairs.slice(4);
    expect(drawOne(future, { uqa: 5, future: 5 })).toHaveLength(2);
    expect(drawOne(future, { uqa: 5, future: 0 })).toHaveLength(1);
  });

  describe('that share questions', () => {
    const subjects = [...Array(40).keys()].map((i) => `subject ${i}`);
    /** Users that have a pair about three in four of the subjects, each in words of their own. */
    const users = [...Array(12).keys()].map((user) => ({
      profile,
      pairs: subjects
        .filter((_, i) => (i + user) % 4 > 0)
        .map((subject): QueryAnswer => ({
          source: 'future',
          query: `How much ${subject}, asked by ${user}?`,
          answer: 'yes',
          topic: 'category',
          subject,
        })),
    }));
    const drawShared = (sharedQuestions: number, seed = 3) =>
      drawPairs(users, {
        pairsPerUser: { future: 8, uqa: 0 },
        sharedQuestions,
        random: createRandom(seed),
      });
    /** Other users that are asked the same, for a pair on the average. */
    const rivals = (drawn: readonly (readonly QueryAnswer[])[]): number => {
      const asked = drawn.flat().map(({ subject }) => subject);
      const others = asked.map((own) => asked.filter((subject) => subject === own).length - 1);
      return others.reduce((sum, count) => sum + count, 0) / asked.length;
    };

    test('so many a user, none twice, in one order of subjects', () => {
      const drawn = drawShared(1);
      for (const own of drawn) {
        expect(own).toHaveLength(8);
        expect(new Set(own.map(({ query }) => query)).size).toBe(8);
      }
      // Eight of three in four subjects: the first eleven or so of the order.
      expect(new Set(drawn.flat().map(({ subject }) => subject)).size).toBeLessThan(16);
      expect(rivals(drawn)).toBeGreaterThan(6);
      expect(rivals(drawShared(0))).toBeLessThan(3);
      expect(drawShared(1)).toEqual(drawn);
    });

    test('a share of them: the others ask anything', () => {
      const [none, half, all] = [0, 0.5, 1].map((share) => rivals(drawShared(share)));
      expect(half).toBeGreaterThan(none! + 0.5);
      expect(half).toBeLessThan(all! - 0.5);
      expect(drawShared(0.5).every((own) => own.length === 8)).toBe(true);
    });

    test('batches ask about different subjects, each about as often', () => {
      const counts = new Map<string, number>();
      for (let seed = 0; seed < 400; seed++) {
        for (const { subject } of drawShared(1, seed).flat()) {
          counts.set(subject!, (counts.get(subject!) ?? 0) + 1);
        }
      }
      // 400 batches, 12 users, 8 of 40 subjects.
      expect(counts.size).toBe(40);
      for (const count of counts.values()) expect(Math.abs(count - 960)).toBeLessThan(300);
    });

    test('what has no topic is a question by its words', () => {
      const worded = users.map(({ pairs: own }) => ({
        profile,
        pairs: own.map(({ subject, answer, source }) => ({ query: subject!, answer, source })),
      }));
      const drawn = drawPairs(worded, {
        pairsPerUser: { future: 8, uqa: 0 },
        sharedQuestions: 1,
        random: createRandom(3),
      });
      expect(new Set(drawn.flat().map(({ query }) => query)).size).toBeLessThan(16);
    });
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
