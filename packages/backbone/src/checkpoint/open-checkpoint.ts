import { join } from 'node:path';

import { InputError, pathExists } from '@q-anchor/core';

import { openSafetensors } from '../safetensors/open-safetensors.js';
import { missingTensor, type TensorSource } from '../safetensors/tensor-source.js';
import { readShardIndex } from './shard-index.js';

const fileName = 'model.safetensors';
const indexName = `${fileName}.index.json`;

/**
 * Opens the weights of a model directory in Hugging Face's layout: `model.safetensors`, or the shards
 * that `model.safetensors.index.json` lists. Both read alike; tensors are read when asked for.
 *
 * @param directory - the model directory
 * @throws {@link @q-anchor/core#InputError} if there are no weights, a shard is missing or wrong, or a
 * tensor is not in the shard that the index names, or in one that the index does not name for it
 */
export async function openCheckpoint(directory: string): Promise<TensorSource> {
  const single = join(directory, fileName);
  if (await pathExists(single)) return openSafetensors(single);
  const index = join(directory, indexName);
  if (await pathExists(index)) return openShards(directory, index);
  throw new InputError({
    where: directory,
    expected: `${fileName} or ${indexName}`,
    found: 'neither',
  });
}

async function openShards(directory: string, index: string): Promise<TensorSource> {
  const shardOf = await readShardIndex(index);
  const shards = new Map<string, TensorSource>();
  const close = async (): Promise<void> => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    for (const file of new Set(shardOf.values())) {
      shards.set(file, await openSafetensors(join(directory, file)));
    }
    for (const [name, file] of shardOf) {
      if (!shards.get(file)!.has(name)) {
        throw missingTensor(name, { path: join(directory, file), names: shards.get(file)!.names });
      }
    }
    for (const [file, shard] of shards) {
      const stray = shard.names.find((name) => shardOf.get(name) !== file);
      if (stray === undefined) continue;
      throw new InputError({
        where: shard.where(stray),
        expected: `${indexName} to say that it is in ${file}`,
        found: shardOf.has(stray) ? `${shardOf.get(stray)} there` : 'no word of it there',
        fix: 'Shards and index belong to different models, or a shard is a leftover',
      });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const names = [...shardOf.keys()].toSorted();
  const holder = (name: string): TensorSource => {
    const file = shardOf.get(name);
    if (file === undefined) throw missingTensor(name, { path: index, names });
    return shards.get(file)!;
  };
  return {
    path: index,
    names,
    metadata: Object.assign({}, ...[...shards.values()].map((shard) => shard.metadata)),
    has: (name) => shardOf.has(name),
    info: (name) => holder(name).info(name),
    where: (name) => (shardOf.has(name) ? holder(name).where(name) : `${index}: tensor ${name}`),
    read: async (name) => holder(name).read(name),
    readFloat32: async (name) => holder(name).readFloat32(name),
    readBytes: async (name, range) => holder(name).readBytes(name, range),
    stored: (name) => holder(name).stored(name),
    close,
    [Symbol.asyncDispose]: close,
  };
}
