import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { importManifest, openDataset, type Dataset, type UserPair } from '@q-anchor/useru';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openShop, type Shop } from '../shop.js';

let shop: Shop;
let dataset: Dataset;

beforeEach(async () => {
  shop = await openShop();
  await importManifest(shop);
  dataset = await openDataset(shop.outputDir);
});

afterEach(() => dataset[Symbol.asyncDispose]());

const future = (userId: string, answer: string): UserPair => ({
  userId,
  referenceDays: 10,
  query: 'What next?',
  answer,
  source: 'future',
});
const about = (userId: string, topic: string): UserPair => ({
  userId,
  referenceDays: 10,
  query: `What of ${topic}?`,
  answer: 'It\'s \u{1F9FE}\n\u0000 "so"',
  source: 'uqa',
  topic,
});

const pairsOf = async (options?: Parameters<Dataset['pairs']>[0]): Promise<UserPair[]> => {
  const pairs: UserPair[] = [];
  for await (const shard of dataset.pairs(options)) pairs.push(...shard);
  return pairs;
};

describe('pairs', () => {
  it('come back by source and shard as they were written', async () => {
    expect(await pairsOf()).toEqual([]);
    const many = Array.from({ length: 5000 }, (_, i) => future('b', `${i}`));
    await dataset.writePairs([future('a', 'tea'), about('a', 'food'), about('b', 'home')], {
      shard: 10,
    });
    await dataset.writePairs([about('c', 'food'), ...many], { shard: 2 });
    expect(await pairsOf()).toEqual([
      ...many,
      future('a', 'tea'),
      about('c', 'food'),
      about('a', 'food'),
      about('b', 'home'),
    ]);
    expect(await pairsOf({ sources: ['uqa'] })).toHaveLength(3);
    expect(await readdir(join(shop.outputDir, 'pairs', 'uqa'))).toEqual([
      '00002.parquet',
      '00010.parquet',
    ]);
  });

  it('are counted by topic, whatever the shards, as by hand', async () => {
    expect(await dataset.countPairs('uqa')).toEqual({
      pairs: 0,
      distinctAnswers: 0,
      equalAnswerShare: 0,
      answerWords: 0,
      topics: new Map(),
    });
    const said = (answer: string, topic: string): UserPair => ({ ...about('a', topic), answer });
    await dataset.writePairs([said('tea', 'food'), said('tea  now', 'food'), said('', 'home')], {
      shard: 0,
    });
    const { topic: _, ...without } = said('tea', '');
    await dataset.writePairs([without, said('tea', 'home'), future('b', 'tea')], { shard: 3 });
    const counts = await dataset.countPairs('uqa');
    const even = { pairs: 2, distinctAnswers: 2, equalAnswerShare: 1 / 2 };
    expect(counts).toEqual({
      pairs: 5,
      distinctAnswers: 3,
      equalAnswerShare: (3 ** 2 + 1 + 1) / 5 ** 2,
      // Two spaces in a row part three words, and nothing is one.
      answerWords: 7,
      topics: new Map([
        ['', { pairs: 1, distinctAnswers: 1, equalAnswerShare: 1 }],
        ['food', even],
        ['home', even],
      ]),
    });
    expect([...counts.topics.keys()]).toEqual(['', 'food', 'home']);
    await expect(
      dataset.countPairs('uqa', { signal: AbortSignal.abort(new Error('by hand')) }),
    ).rejects.toThrow('by hand');
  });

  it('a shard written again takes the place of the former, byte by byte', async () => {
    const pairs = [future('a', 'tea'), future('b', 'bread')];
    const path = join(shop.outputDir, 'pairs', 'future', '00000.parquet');
    await dataset.writePairs([future('a', 'salt')], { shard: 0 });
    await dataset.writePairs(pairs, { shard: 0 });
    const first = await readFile(path);
    await dataset.writePairs(pairs, { shard: 0 });
    expect(await readFile(path)).toEqual(first);
    expect(await pairsOf()).toEqual(pairs);
  });

  it('a shard counts as written when all its sources are', async () => {
    await dataset.writePairs([], { shard: 0 });
    await dataset.writePairs([future('a', 'tea')], { shard: 1, sources: ['future'] });
    // What a killed run leaves of a file is not read.
    await writeFile(join(shop.outputDir, 'pairs', 'future', '.00003.parquet.00.partial'), 'half');
    expect(await dataset.pairShards()).toEqual([0]);
    expect(await dataset.pairShards({ sources: ['future'] })).toEqual([0, 1]);
    expect(await pairsOf()).toEqual([future('a', 'tea')]);
    await dataset.removePairs();
    expect(await dataset.pairShards()).toEqual([]);
    expect(await pairsOf()).toEqual([]);
  });

  it('of a source that was not asked for, and odd shards, are refused', async () => {
    await expect(
      dataset.writePairs([about('a', 'food')], { shard: 0, sources: ['future'] }),
    ).rejects.toThrow(/expected pairs of the sources future, found one of uqa \(user a\)/u);
    await expect(dataset.writePairs([], { shard: -1 })).rejects.toThrow(/shard: expected/u);
    expect(await pairsOf()).toEqual([]);
  });
});
