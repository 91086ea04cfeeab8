import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  InputError,
  QAnchorError,
  ShapeError,
  UnavailableError,
  createRandom,
  digestOf,
  writeFileAtomic,
} from '@q-anchor/core';

import { temporaryFolder } from './support/temporary-folder.js';

describe('errors', () => {
  test('name both shapes and carry them as fields', () => {
    const error = new ShapeError('add', ['batch', 4], [2, 3]);
    expect(error.message).toBe('add: expected shape [batch, 4], got [2, 3]');
    expect(error.actual).toEqual([2, 3]);
  });

  test('an input error says where, what was expected, what was found and what to do', () => {
    const error = new InputError({ where: 'label', expected: '0 or 1', found: '2', fix: 'Fix it' });
    expect(error.message).toBe('label: expected 0 or 1, found 2. Fix it');
  });

  test('isInstance is per class', () => {
    const error = new UnavailableError('cuda', 'no driver', 'Install one');
    expect(QAnchorError.isInstance(error)).toBe(true);
    expect(UnavailableError.isInstance(error)).toBe(true);
    expect(ShapeError.isInstance(error)).toBe(false);
    expect(InputError.isInstance(new Error('x'))).toBe(false);
  });
});

describe('random', () => {
  test('same seed, same stream; other seed, other stream', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 5 }, () => random.uniform());
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  test('a fork does not depend on what was drawn before it', () => {
    const random = createRandom(1);
    const early = random.fork('a').uniform();
    random.normal();
    expect(random.fork('a').uniform()).toBe(early);
    expect(random.fork('b').uniform()).not.toBe(early);
  });

  test('uniform and normal draws have the right moments', () => {
    const random = createRandom(11);
    const n = 20_000;
    const uniforms = Array.from({ length: n }, () => random.uniform());
    const normals = Array.from({ length: n }, () => random.normal());
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    expect(mean(uniforms)).toBeCloseTo(0.5, 1);
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    expect(mean(normals)).toBeCloseTo(0, 1);
    expect(mean(normals.map((x) => x * x))).toBeCloseTo(1, 1);
  });

  test('shuffled keeps every element', () => {
    const items = [...Array(20).keys()];
    const shuffled = createRandom(5).shuffled(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  });

  test.each([-1, 0.5, Number.NaN])('seed %s is refused', (seed) => {
    expect(() => createRandom(seed)).toThrow(InputError);
  });
});

describe('digestOf', () => {
  test('ignores key order and undefined, sees everything else', () => {
    expect(digestOf({ a: 1, b: [2, 'x'] })).toBe(digestOf({ b: [2, 'x'], a: 1, c: undefined }));
    expect(digestOf(['ab', 'c'])).not.toBe(digestOf(['a', 'bc']));
    expect(digestOf([1, [2]])).not.toBe(digestOf([1, 2]));
    expect(digestOf('1')).not.toBe(digestOf(1));
    expect(digestOf(0)).not.toBe(digestOf(-0));
    expect(digestOf(Float32Array.of(1))).not.toBe(digestOf(new Uint8Array([0, 0, 128, 63])));
  });
});

describe('writeFileAtomic', () => {
  test('replaces the file and leaves no temporary behind', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'deep', 'a.txt');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.txt']);
  });

  test('a failed write keeps the folder clean', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(writeFileAtomic(join(folder, 'file', 'x'), 'y')).rejects.toThrow('file');
    expect(await readdir(folder)).toEqual(['file']);
  });
});
