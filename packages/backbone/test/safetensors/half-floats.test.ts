import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { openSafetensors, writeSafetensors, type Float32Storage } from '@q-anchor/backbone';
import { createRandom } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { writeRawFile } from './support/raw-file.js';

let path = '';
beforeAll(async () => {
  path = join(await temporaryFolder(), 'halves.safetensors');
});

/** Writes floats as halves and gives the stored words. */
async function stored(values: Float32Array, float32As: Float32Storage): Promise<Uint16Array> {
  const tensor = { dtype: 'float32', shape: [values.length], data: values } as const;
  await writeSafetensors(path, { x: tensor }, { float32As });
  await using file = await openSafetensors(path);
  expect(file.info('x').dtype).toBe(float32As);
  return new Uint16Array((await file.readBytes('x')).buffer);
}

/** The number that the bits of a binary float stand for, by the definition of IEEE 754. */
function valueOf(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

const formats = [
  { name: 'F16', exponentBits: 5, fractionBits: 10 },
  { name: 'BF16', exponentBits: 8, fractionBits: 7 },
] as const;

describe.each(formats)('$name', ({ name, exponentBits, fractionBits }) => {
  const all = Array.from({ length: 0x10000 }, (_, bits) =>
    valueOf(bits, exponentBits, fractionBits),
  );
  /** Finite values from zero up; a word is its own index. */
  const positive = all.slice(0, all.indexOf(Infinity));

  /** The nearest word by looking at the two neighbours; the even one on a tie. */
  const nearest = (value: number): number => {
    const size = Math.abs(value);
    const sign = Object.is(Math.sign(value), -0) || value < 0 ? 0x8000 : 0;
    let low = 0;
    for (let step = 0x8000; step >= 1; step >>= 1) {
      if (low + step < positive.length && positive[low + step]! <= size) low += step;
    }
    const top = 2 * positive.at(-1)! - positive.at(-2)!;
    const below = size - positive[low]!;
    const above = (positive[low + 1] ?? top) - size;
    const up = above < below || (above === below && low % 2 === 1);
    return sign | (up ? low + 1 : low);
  };

  test('all 65536 words decode exactly, and encode to themselves', async () => {
    const words = await stored(Float32Array.from(all), name);
    await using file = await openSafetensors(path);
    const floats = await file.readFloat32('x');
    const wrong = [...all.entries()].filter(([bits, expected]) =>
      Number.isNaN(expected)
        ? !Number.isNaN(floats[bits])
        : !Object.is(floats[bits], expected) || words[bits] !== bits,
    );
    expect(wrong).toEqual([]);
  });

  test('all 65536 words of a file decode exactly as they stand', async () => {
    const words = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
    const header = { x: { dtype: name, shape: [256, 256], data_offsets: [0, words.byteLength] } };
    await writeRawFile(path, { header, data: new Uint8Array(words.buffer) });
    await using file = await openSafetensors(path);
    const floats = await file.readFloat32('x');
    const wrong = all.filter((expected, bits) =>
      Number.isNaN(expected) ? !Number.isNaN(floats[bits]) : !Object.is(floats[bits], expected),
    );
    expect(wrong).toEqual([]);
    // The sign is kept even where the value is NaN.
    const signs = new Uint32Array(floats.buffer);
    expect(all.filter((_, bits) => signs[bits]! >>> 31 !== bits >>> 15)).toEqual([]);
  });

  test('floats go to the nearest word, ties to the even one', async () => {
    const random = createRandom(1);
    const spread = Array.from(
      { length: 20_000 },
      () => random.normal() * 2 ** (random.integer(80) - 50),
    );
    const ties = Array.from({ length: 4000 }, () => {
      const low = random.integer(positive.length - 1);
      return (random.integer(2) * 2 - 1) * ((positive[low]! + positive[low + 1]!) / 2);
    });
    const edges = [0, -0, Infinity, -Infinity, 65504, 65519.99, 65520, 65536, 2 ** -24, 2 ** -25];
    const more = [
      2 ** -25 * 1.0001,
      2 ** -26,
      2 ** -149,
      3.3895e38,
      3.4e38,
      -3.4e38,
      1e-40,
      -1e-45,
    ];
    const values = Float32Array.from([...spread, ...ties, ...edges, ...more]);
    const words = await stored(values, name);
    const wrong = [...values.entries()].filter(([i, value]) => words[i] !== nearest(value));
    expect(wrong).toEqual([]);
  });

  test('NaN stays NaN, whatever its payload', async () => {
    const bits = Uint32Array.of(0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff);
    await stored(new Float32Array(bits.buffer), name);
    await using file = await openSafetensors(path);
    for (const value of await file.readFloat32('x')) expect(value).toBeNaN();
  });
});
