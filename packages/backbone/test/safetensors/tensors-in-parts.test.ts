import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { writeSafetensors } from '@q-anchor/backbone';
import { ShapeError } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

let directory = '';
let path = '';
beforeEach(async () => {
  directory = await temporaryFolder();
  path = join(directory, 'x.safetensors');
});

const whole = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
const inParts = (sizes: readonly number[], isAsync: boolean) => {
  function* parts() {
    let start = 0;
    for (const size of sizes) {
      const from = Math.min(start, whole.length - size);
      yield whole.subarray(from, from + size);
      start += size;
    }
  }
  async function* later() {
    yield* parts();
  }
  return { dtype: 'float32', shape: [4, 6], parts: isAsync ? later : parts } as const;
};

test.each(['F32', 'F16', 'BF16'] as const)('%s: the same bytes as whole', async (float32As) => {
  const other = { dtype: 'int64', shape: [1], data: BigInt64Array.of(7n) } as const;
  await writeSafetensors(
    path,
    { x: { dtype: 'float32', shape: [4, 6], data: whole }, other },
    { float32As },
  );
  const expected = await readFile(path);
  for (const isAsync of [true, false]) {
    for (const sizes of [[24], [5, 0, 19], Array<number>(24).fill(1)]) {
      await writeSafetensors(path, { other, x: inParts(sizes, isAsync) }, { float32As });
      expect((await readFile(path)).equals(expected)).toBe(true);
    }
  }
});

test('one part stands in memory at a time', async () => {
  let made = 0;
  let size = 0;
  const parts = async function* () {
    for (; made < 5; made++) {
      yield new Float32Array(1000);
      const [partial] = await readdir(directory);
      const { size: grown } = await stat(join(directory, partial!));
      expect(grown).toBeGreaterThan(size);
      size = grown;
    }
  };
  await writeSafetensors(path, { x: { dtype: 'float32', shape: [5000], parts } });
  expect(made).toBe(5);
});

test('too few, too many and wrong values are refused, and nothing is left behind', async () => {
  for (const sizes of [[23], [20, 5], []]) {
    await expect(writeSafetensors(path, { x: inParts(sizes, true) })).rejects.toBeInstanceOf(
      ShapeError,
    );
  }
  const wrong = { ...inParts([24], true), dtype: 'int32' } as const;
  await expect(writeSafetensors(path, { x: wrong })).rejects.toThrow(
    /tensor x: expected Int32Array for int32, found Float32Array/,
  );
  const parts = async function* () {
    yield whole;
    throw new Error('no more');
  };
  const failing = { dtype: 'float32', shape: [48], parts } as const;
  await expect(writeSafetensors(path, { x: failing })).rejects.toThrow('no more');
  expect(await readdir(directory)).toEqual([]);
});
