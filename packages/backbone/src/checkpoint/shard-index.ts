import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { InputError } from '@q-anchor/core';
import { z } from 'zod';

import { repeatedKey } from '../safetensors/repeated-key.js';

const schema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/**
 * The shard of each tensor, from a `model.safetensors.index.json`.
 *
 * @param path - the index file
 * @throws {@link @q-anchor/core#InputError} if it is not such an index, or names a file outside its
 * own directory
 */
export async function readShardIndex(path: string): Promise<ReadonlyMap<string, string>> {
  let text: string;
  let value: unknown;
  try {
    text = await readFile(path, 'utf8');
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(
      { where: path, expected: 'readable JSON', found: (error as Error).message },
      { cause: error },
    );
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    throw new InputError({
      where: `${path}: tensor ${repeated}`,
      expected: 'each name once',
      found: 'it twice',
    });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new InputError({
      where: path,
      expected: 'weight_map, file names by tensor',
      found: parsed.error.issues[0]!.message,
    });
  }
  const shards = new Map(Object.entries(parsed.data.weight_map));
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
