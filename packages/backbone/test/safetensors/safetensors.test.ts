import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeEach, describe, expect, test } from 'vitest';

import { openSafetensors, writeSafetensors } from '@q-anchor/backbone';
import { InputError, ShapeError } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { writeRawFile } from './support/raw-file.js';

const goldens = fileURLToPath(new URL('../../../../tooling/goldens', import.meta.url));
let directory = '';
let path = '';
beforeEach(async () => {
  directory = await temporaryFolder();
  path = join(directory, 'x.safetensors');
});

const everyType = {
  double: { dtype: 'float64', shape: [2], data: Float64Array.of(Math.PI, -0) },
  float: { dtype: 'float32', shape: [2, 1, 2], data: Float32Array.of(1.5, Number.NaN, -0, 1e-45) },
  half: { dtype: 'float16', shape: [3], data: Uint16Array.of(0x3c00, 0x8001, 0x7bff) },
  long: { dtype: 'int64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  int: { dtype: 'int32', shape: [3], data: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
  byte: { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 7, 255) },
  flag: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
  scalar: { dtype: 'float32', shape: [], data: Float32Array.of(3) },
  empty: { dtype: 'float32', shape: [0, 4], data: new Float32Array(0) },
  'Name / 名.weight': { dtype: 'uint8', shape: [1], data: Uint8Array.of(9) },
} as const;

describe('writing and reading', () => {
  test('every type and shape comes back bit for bit', async () => {
    await writeSafetensors(path, everyType, { metadata: { format: 'pt', note: 'é' } });
    await using file = await openSafetensors(path);
    expect(file.metadata).toEqual({ format: 'pt', note: 'é' });
    expect(file.names).toEqual(Object.keys(everyType).toSorted());
    for (const [name, tensor] of Object.entries(everyType)) {
      const read = await file.read(name);
      expect(read).toEqual(tensor);
      expect(Buffer.from(read.data.buffer)).toEqual(Buffer.from(tensor.data.buffer));
      expect(file.info(name).shape).toEqual(tensor.shape);
    }
  });

  test('the file is laid out as the format says', async () => {
    await writeSafetensors(path, {
      b: { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) },
      a: { dtype: 'float32', shape: [1], data: Float32Array.of(1) },
    });
    const bytes = await readFile(path);
    const header =
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}';
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    expect(bytes.toString('utf8', 8, 8 + length)).toBe(header.padEnd(length));
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f, 1, 2, 3]);
    await using file = await openSafetensors(path);
    expect(file.info('b')).toEqual({
      dtype: 'U8',
      shape: [3],
      byteOffset: 8 + length + 4,
      byteLength: 3,
    });
  });

  test('equal content gives equal bytes, and every tensor starts at a multiple of its element', async () => {
    await writeSafetensors(path, everyType);
    const first = await readFile(path);
    await writeSafetensors(path, Object.fromEntries(Object.entries(everyType).toReversed()));
    expect((await readFile(path)).equals(first)).toBe(true);
    await using file = await openSafetensors(path);
    const sizes = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1, BOOL: 1 };
    for (const name of file.names) {
      const { dtype, byteOffset } = file.info(name);
      expect(byteOffset % sizes[dtype]).toBe(0);
    }
  });

  test('a view into a larger buffer is written as the view alone', async () => {
    const buffer = Float32Array.of(1, 2, 3, 4, 5);
    const data = buffer.subarray(1, 3);
    await writeSafetensors(path, { x: { dtype: 'float32', shape: [2], data } });
    await using file = await openSafetensors(path);
    expect(await file.readFloat32('x')).toEqual(Float32Array.of(2, 3));
  });

  test('floats are stored as told by name', async () => {
    const tensor = { dtype: 'float32', shape: [3], data: Float32Array.of(1, 0.1, -3) } as const;
    const float32As = (name: string) => (name === 'a' ? 'BF16' : name === 'b' ? 'F16' : 'F32');
    await writeSafetensors(path, { a: tensor, b: tensor, c: tensor }, { float32As });
    await using file = await openSafetensors(path);
    expect(file.names.map((name) => file.info(name).dtype)).toEqual(['BF16', 'F16', 'F32']);
    const bfloat = Float32Array.of(1, 0.10009765625, -3);
    expect(await file.read('a')).toEqual({ dtype: 'float32', shape: [3], data: bfloat });
    expect(await file.readFloat32('a')).toEqual(bfloat);
    expect((await file.read('b')).dtype).toBe('float16');
    expect(await file.readFloat32('b')).toEqual(Float32Array.of(1, 0.0999755859375, -3));
    expect(await file.readFloat32('c')).toEqual(tensor.data);
  });

  test('float32 of a double is rounded, of integers refused', async () => {
    await writeSafetensors(path, everyType);
    await using file = await openSafetensors(path);
    expect(await file.readFloat32('double')).toEqual(Float32Array.of(Math.PI, -0));
    await expect(file.readFloat32('int')).rejects.toThrow(
      /tensor int: expected a floating dtype.*I32/,
    );
  });

  test('no tensors at all', async () => {
    await writeSafetensors(path, {});
    await using file = await openSafetensors(path);
    expect(file.names).toEqual([]);
    expect(() => file.info('x')).toThrow(/no tensors at all/);
  });

  test('half floats longer than one part', async () => {
    const data = Float32Array.from({ length: 2 ** 20 + 3 }, (_, i) => i % 2048);
    const tensor = { dtype: 'float32', shape: [data.length], data } as const;
    await writeSafetensors(path, { x: tensor }, { float32As: 'F16' });
    await using file = await openSafetensors(path);
    expect(Buffer.from((await file.readFloat32('x')).buffer).equals(Buffer.from(data.buffer))).toBe(
      true,
    );
  });

  test('reads one tensor past 3 GiB without the rest', async () => {
    const big = 3 * 2 ** 30;
    const header = {
      big: { dtype: 'U8', shape: [big], data_offsets: [0, big] },
      small: { dtype: 'F32', shape: [1], data_offsets: [big, big + 4] },
    };
    await writeRawFile(path, { header });
    const start = (await readFile(path)).length;
    const handle = await open(path, 'r+');
    // A file with a hole: it takes no room on the disk.
    await handle.write(Uint8Array.of(0, 0, 0x20, 0x41), 0, 4, start + big);
    await handle.close();
    await using file = await openSafetensors(path);
    expect(await file.readFloat32('small')).toEqual(Float32Array.of(10));
  });

  test('closed is closed', async () => {
    await writeSafetensors(path, everyType);
    const file = await openSafetensors(path);
    await file.close();
    await expect(file.read('float')).rejects.toThrow(/closed/);
  });
});

describe('files made by other programs', () => {
  test.each([
    ['qwen2', 'model.safetensors'],
    ['qwen2', 'adapter_model.safetensors'],
    ['qwen3', 'model.safetensors'],
    ['bert', 'model.safetensors'],
  ])('%s/%s: every value, against a walk over the bytes', async (model, name) => {
    const goldenPath = join(goldens, model, name);
    const bytes = await readFile(goldenPath);
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const { __metadata__: _, ...header } = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    await using file = await openSafetensors(goldenPath);
    expect(file.names).toEqual(Object.keys(header).toSorted());
    expect(file.names.length).toBeGreaterThan(5);
    for (const [tensor, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
      expect(dtype).toBe('F32');
      const expected: number[] = [];
      for (let at = offsets[0]; at < offsets[1]; at += 4) {
        expected.push(bytes.readFloatLE(start + at));
      }
      expect(await file.read(tensor)).toEqual({
        dtype: 'float32',
        shape,
        data: Float32Array.from(expected),
      });
    }
  });
});

describe('bad tensors to write', () => {
  const write = (tensor: object, name = 'x') =>
    writeSafetensors(path, { [name]: tensor as (typeof everyType)['float'] });

  test('are refused and nothing is left behind', async () => {
    const data = new Float32Array(3);
    await expect(write({ dtype: 'float32', shape: [2, 2], data })).rejects.toBeInstanceOf(
      ShapeError,
    );
    await expect(write({ dtype: 'int32', shape: [3], data })).rejects.toThrow(
      /tensor x: expected Int32Array for int32, found Float32Array/,
    );
    await expect(
      write({ dtype: 'float32', shape: [3], data }, '__metadata__'),
    ).rejects.toBeInstanceOf(InputError);
    expect(await readdir(directory)).toEqual([]);
  });

  test('a write that fails half-way leaves the target and no partial file', async () => {
    await mkdir(path);
    await expect(write(everyType.float)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(await readdir(directory)).toEqual(['x.safetensors']);
  });
});
