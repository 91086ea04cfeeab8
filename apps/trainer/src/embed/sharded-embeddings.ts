import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, parsedBy, readOptionalJson, writeJson } from '@q-anchor/core';
import { z } from 'zod';

import type { AskedEmbedder } from '../scenarios/asked-embedder.js';
import type { EmbeddingKey } from './embedding-key.js';
import { writeEmbeddings, type WriteEmbeddingsOptions } from './write-embeddings.js';

/** The file beside the shards. */
const shardedEmbeddingsFile = 'embed.json';

const schema = z.object({
  key: z.record(z.string(), z.string()),
  shards: z.number(),
  complete: z.boolean(),
});

const shardName = (shard: number): string => `part-${`${shard}`.padStart(5, '0')}.parquet`;

/** What {@link writeShardedEmbeddings} is given. */
export interface ShardedEmbeddingsOptions extends Omit<WriteEmbeddingsOptions, 'embedder'> {
  /** What every number depends on. */
  readonly key: EmbeddingKey;
  /** Reference points of a shard, the last one may have fewer. */
  readonly shardUsers: number;
  /** Compiles the model; not called where nothing is left to do. */
  readonly openEmbedder: () => Promise<AskedEmbedder>;
}

/**
 * Writes embeddings into a folder, a Parquet file for so many reference points, in their order. What a
 * killed run left there is gone on with: a shard is there whole or not at all, and one that is there is
 * kept.
 *
 * @returns how many shards there are, and how many of them were there already
 * @throws {@link InputError} if the folder holds something else, or embeddings of other inputs
 */
export async function writeShardedEmbeddings(
  directory: string,
  options: ShardedEmbeddingsOptions,
): Promise<{ readonly shards: number; readonly kept: number }> {
  const { references, shardUsers, key } = options;
  const shards = Math.ceil(references.length / shardUsers);
  await openShards(directory, key);
  const state = join(directory, shardedEmbeddingsFile);
  await writeJson(state, { key, shards, complete: false });
  const there = new Set(await readdir(directory));
  const missing = Array.from({ length: shards }, (_, shard) => shard).filter(
    (shard) => !there.has(shardName(shard)),
  );
  const kept = shards - missing.length;
  const usersOf = (shard: number) => references.slice(shard * shardUsers, (shard + 1) * shardUsers);
  const left = missing.reduce((sum, shard) => sum + usersOf(shard).length, 0);
  options.onUsers(references.length - left);
  if (missing.length > 0) {
    await using embedder = await options.openEmbedder();
    for (const shard of missing) {
      const path = join(directory, shardName(shard));
      await writeEmbeddings(path, { ...options, embedder, references: usersOf(shard) });
    }
  }
  await writeJson(state, { key, shards, complete: true });
  return { shards, kept };
}

/** Makes the folder, or sees that it is of the same inputs; removes what was cut off in the middle. */
async function openShards(directory: string, key: EmbeddingKey): Promise<void> {
  await mkdir(directory, { recursive: true });
  const names = await readdir(directory);
  const path = join(directory, shardedEmbeddingsFile);
  const content = await readOptionalJson(path);
  if (content === undefined) {
    if (names.every((name) => name.endsWith('.partial'))) return;
    throw new InputError({
      where: directory,
      expected: 'a new or empty folder, or one of embeddings',
      found: `${names.length} entries without ${shardedEmbeddingsFile}`,
      fix: 'Choose another one',
    });
  }
  const former = parsedBy(content, { schema, where: path }).key;
  const differing = Object.keys({ ...former, ...key }).filter((name) => former[name] !== key[name]);
  if (differing.length > 0) {
    throw new InputError({
      where: directory,
      expected: 'embeddings of the same inputs, to go on with',
      found: `others: ${differing.join(', ')} changed`,
      fix: 'Choose another folder, or remove this one',
    });
  }
  for (const name of names) {
    if (name.startsWith('.') && name.endsWith('.partial')) await rm(join(directory, name));
  }
}
