import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeEach, describe, expect, test } from 'vitest';

import { openCheckpoint, openSafetensors, writeSafetensors } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

const golden = fileURLToPath(new URL('../../../../tooling/goldens/qwen2', import.meta.url));
const index = 'model.safetensors.index.json';
let directory = '';
beforeEach(async () => {
  directory = await temporaryFolder();
});

const shardName = (i: number) => `model-0000${i}-of-00003.safetensors`;

/** The golden model in three shards. */
async function writeShards(): Promise<Record<string, string>> {
  await using whole = await openCheckpoint(golden);
  const shards = [1, 2, 3].map((i) => whole.names.filter((_, at) => at % 3 === i - 1));
  const weightMap: Record<string, string> = {};
  for (const [i, names] of shards.entries()) {
    const tensors: Record<string, Awaited<ReturnType<typeof whole.read>>> = {};
    for (const name of names) {
      weightMap[name] = shardName(i + 1);
      tensors[name] = await whole.read(name);
    }
    await writeSafetensors(join(directory, shardName(i + 1)), tensors, {
      metadata: { format: 'pt' },
    });
  }
  await writeIndex(weightMap);
  return weightMap;
}

const writeIndex = (weightMap: unknown) =>
  writeFile(
    join(directory, index),
    JSON.stringify({ metadata: { total_size: 1 }, weight_map: weightMap }),
  );

describe('a model directory', () => {
  test('shards and a single file read bit-equal', async () => {
    const weightMap = await writeShards();
    await using whole = await openCheckpoint(golden);
    await using sharded = await openCheckpoint(directory);
    expect(sharded.names).toEqual(whole.names);
    expect(sharded.metadata).toEqual({ format: 'pt' });
    for (const name of whole.names) {
      const [a, b] = await Promise.all([whole.readBytes(name), sharded.readBytes(name)]);
      expect(Buffer.compare(a, b)).toBe(0);
      expect(await sharded.read(name)).toEqual(await whole.read(name));
      expect(await sharded.readFloat32(name)).toEqual(await whole.readFloat32(name));
      expect(sharded.info(name).shape).toEqual(whole.info(name).shape);
      expect(sharded.has(name)).toBe(true);
    }
    expect(Object.keys(weightMap).length).toBe(whole.names.length);
  });

  test('a tensor that is nowhere', async () => {
    await writeShards();
    await using sharded = await openCheckpoint(directory);
    expect(sharded.has('nowhere')).toBe(false);
    expect(() => sharded.info('nowhere')).toThrow(/index\.json: tensor nowhere: expected a tensor/);
    await expect(sharded.read('nowhere')).rejects.toBeInstanceOf(InputError);
    await expect(sharded.readFloat32('nowhere')).rejects.toBeInstanceOf(InputError);
  });

  test('the single file goes before an index', async () => {
    await writeShards();
    await copyFile(join(golden, 'model.safetensors'), join(directory, 'model.safetensors'));
    await writeIndex({});
    await using single = await openCheckpoint(directory);
    await using file = await openSafetensors(join(golden, 'model.safetensors'));
    expect(single.names).toEqual(file.names);
  });
});

describe('bad directories', () => {
  test('no weights', async () => {
    await expect(openCheckpoint(directory)).rejects.toThrow(
      /expected model\.safetensors or model\.safetensors\.index\.json, found neither/,
    );
  });

  test('a missing shard and a truncated one are named', async () => {
    await writeShards();
    const bytes = await readFile(join(directory, shardName(2)));
    await writeFile(join(directory, shardName(2)), bytes.subarray(0, bytes.length - 5));
    await expect(openCheckpoint(directory)).rejects.toThrow(
      /00002-of-00003\.safetensors: tensor .*truncated/,
    );
    await rm(join(directory, shardName(2)));
    await expect(openCheckpoint(directory)).rejects.toThrow(
      /00002-of-00003\.safetensors: .*found no file/,
    );
  });

  test('an index that names a tensor its shard does not hold', async () => {
    const weightMap = await writeShards();
    await writeIndex({ ...weightMap, ghost: shardName(1) });
    await expect(openCheckpoint(directory)).rejects.toThrow(
      /00001-of-00003\.safetensors: tensor ghost: expected a tensor of that name/,
    );
  });

  test('a tensor in two shards, and one that the index leaves out', async () => {
    const weightMap = await writeShards();
    const name = 'model.norm.weight';
    const other = [1, 2, 3].map(shardName).find((file) => file !== weightMap[name])!;
    await using shard = await openSafetensors(join(directory, other));
    const tensors: Record<string, Awaited<ReturnType<typeof shard.read>>> = {};
    for (const own of shard.names) tensors[own] = await shard.read(own);
    const copy = { dtype: 'float32', shape: [1], data: Float32Array.of(1) } as const;
    await writeSafetensors(join(directory, other), { ...tensors, [name]: copy });
    await expect(openCheckpoint(directory)).rejects.toThrow(
      new RegExp(
        `${other}: tensor model\\.norm\\.weight: expected .* found ${weightMap[name]!} there`,
      ),
    );
    await writeSafetensors(join(directory, other), { ...tensors, stray: copy });
    await expect(openCheckpoint(directory)).rejects.toThrow(
      /tensor stray: expected .*index\.json to say.* found no word of it/,
    );
  });

  test.each<[string, string, RegExp]>([
    [
      'a name twice',
      '{"weight_map":{"a":"x.safetensors","\\u0061":"y.safetensors"}}',
      /index\.json: tensor a: expected each name once, found it twice/,
    ],
    ['no JSON', '{', /index\.json: expected JSON/],
    ['no map', '{"weight_map":[]}', /'weight_map': expected file names by tensor, found \[\]/],
    ['a number', '{"weight_map":{"a":1}}', /'weight_map\.a': expected a file name, found 1/],
    [
      'a way out',
      '{"weight_map":{"a":"../x.safetensors"}}',
      /tensor a: .*beside the index.*\.\.\/x/,
    ],
    ['another format', '{"weight_map":{"a":"model.bin"}}', /tensor a: .*"model\.bin"/],
  ])('an index with %s', async (_, text, message) => {
    await writeFile(join(directory, index), text);
    const opening = openCheckpoint(directory);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(InputError);
  });
});
