import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import type { ReferencePoint } from '@q-anchor/useru';
import { beforeEach, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import {
  writeShardedEmbeddings,
  type ShardedEmbeddingsOptions,
} from '../../src/embed/sharded-embeddings.js';

const references: readonly ReferencePoint[] = Array.from({ length: 7 }, (_, i) => ({
  userId: `u${i}`,
  referenceDays: 10,
}));
const key = { model: 'm', queries: 'q' };

let folder: string;
let embedded: string[];
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'out');
  embedded = [];
});

/** Shards of three users; `failsAt`: the user at whom the process is cut off. */
const write = (
  options: Partial<ShardedEmbeddingsOptions> & { readonly failsAt?: string } = {},
): ReturnType<typeof writeShardedEmbeddings> =>
  writeShardedEmbeddings(folder, {
    key,
    shardUsers: 3,
    references,
    asked: [{ queries: [''] }],
    signal: new AbortController().signal,
    onUsers: () => {},
    dataset: {
      async *profiles(some) {
        yield some.map((point) => ({ ...point, events: {}, tabular: {} }));
      },
    },
    openEmbedder: async () => ({
      dimensions: 2,
      async embed(profiles) {
        if (profiles.some(({ userId }) => userId === options.failsAt)) throw new Error('cut off');
        embedded.push(...profiles.map(({ userId }) => userId));
        return {
          queries: new Float32Array(profiles.length * 2).fill(0.5),
          prompted: new Float32Array(0),
        };
      },
      async [Symbol.asyncDispose]() {},
    }),
    ...options,
  });

const contents = async (): Promise<Record<string, Buffer>> =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name))]),
    ),
  ) as Record<string, Buffer>;

const names = ['embed.json', 'part-00000.parquet', 'part-00001.parquet', 'part-00002.parquet'];

test('users are written in their order, the last shard has what is left', async () => {
  expect(await write()).toEqual({ shards: 3, kept: 0 });
  expect(embedded).toEqual(references.map(({ userId }) => userId));
  expect(Object.keys(await contents())).toEqual(names);
});

test('what was cut off goes on: whole shards are kept, the others are made', async () => {
  await expect(write({ failsAt: 'u5' })).rejects.toThrow('cut off');
  await writeFile(join(folder, '.part-00001.parquet.0123.partial'), 'half a shard');
  expect(await readdir(folder)).toHaveLength(3);
  embedded = [];
  expect(await write()).toEqual({ shards: 3, kept: 1 });
  expect(embedded).toEqual(['u3', 'u4', 'u5', 'u6']);
  const resumed = await contents();
  folder = join(await temporaryFolder(), 'undisturbed');
  await write();
  expect(resumed).toEqual(await contents());
});

test('where nothing is left to do no model is compiled, and all users count as done', async () => {
  await write();
  let users = 0;
  const again = await write({
    openEmbedder: () => Promise.reject(new Error('compiled')),
    onUsers: (count) => (users += count),
  });
  expect([again, users]).toEqual([{ shards: 3, kept: 3 }, 7]);
});

test('other inputs are refused by name, and leave the shards alone', async () => {
  await expect(write({ failsAt: 'u5' })).rejects.toThrow('cut off');
  const before = await contents();
  const changed = write({ key: { model: 'n', queries: 'q', split: 'test' } });
  await expect(changed).rejects.toThrow(/model, split changed/u);
  await expect(changed).rejects.toSatisfy((error) => InputError.isInstance(error));
  expect(await contents()).toEqual(before);
});

test('a folder of something else is refused', async () => {
  await write();
  const foreign = await temporaryFolder();
  await writeFile(join(foreign, 'thesis.txt'), 'x');
  folder = foreign;
  await expect(write()).rejects.toThrow(/new or empty folder/u);
  expect(await readdir(foreign)).toEqual(['thesis.txt']);
});
