import { basename } from 'node:path';

import { InputError, jsonOf, parsedBy, readText } from '@q-anchor/core';
import { z } from 'zod';

import { repeatedKey } from '../safetensors/repeated-key.js';

const schema = z.looseObject({
  weight_map: z.record(z.string(), z.string({ error: 'a file name' }), {
    error: 'file names by tensor',
  }),
});

/**
 * The shard of each tensor, from a `model.safetensors.index.json`.
 *
 * @param path - the index file
 * @throws {@link @q-anchor/core#InputError} if it is not such an index, or names a file outside its
 * own directory
 */
export async function readShardIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const text = await readText(path);
  const value = jsonOf(text, path);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    throw new InputError({
      where: `${path}: tensor ${repeated}`,
      expected: 'each name once',
      found: 'it twice',
    });
  }
  const { weight_map: shardOf } = parsedBy(value, { schema, where: path });
  const shards = new Map(Object.entries(shardOf));
  for (const [name, shard] of shards) {
    if (basename(shard) !== shard || !shard.endsWith('.safetensors')) {
      throw new InputError({
        where: `${path}: tensor ${name}`,
        expected: 'the name of a .safetensors file beside the index',
        found: JSON.stringify(shard),
      });
    }
  }
  return shards;
}
