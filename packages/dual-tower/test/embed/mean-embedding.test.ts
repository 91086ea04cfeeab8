import { createRandom, InputError, ShapeError } from '@q-anchor/core';
import { meanEmbedding } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

const unitRow = (random: ReturnType<typeof createRandom>, dimensions: number): number[] => {
  const row = Array.from({ length: dimensions }, () => random.normal());
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
};

test('a hand value', () => {
  const mean = meanEmbedding(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 1, 0), 3);
  // (1, 2, 0) / sqrt(5)
  expect([...mean]).toEqual([Math.fround(1 / Math.sqrt(5)), Math.fround(2 / Math.sqrt(5)), 0]);
});

test('length 1, whatever the order, and the mean rather than the first or the last', () => {
  const random = createRandom(3);
  const rows = Array.from({ length: 5 }, () => unitRow(random, 7));
  const mean = meanEmbedding(Float32Array.from(rows.flat()), 7);
  expect(Math.hypot(...mean)).toBeCloseTo(1, 6);
  const reversed = meanEmbedding(Float32Array.from(rows.toReversed().flat()), 7);
  for (const [i, value] of mean.entries()) expect(reversed[i]).toBeCloseTo(value, 6);
  // Its cosine to what it is the mean of sums up to the length of the sum.
  const cosines = rows.map((row) => row.reduce((sum, value, i) => sum + value * mean[i]!, 0));
  const sum = Array.from({ length: 7 }, (_, i) => rows.reduce((all, row) => all + row[i]!, 0));
  expect(cosines.reduce((all, one) => all + one, 0)).toBeCloseTo(Math.hypot(...sum), 5);
});

test('one row comes back bit for bit, as a copy', () => {
  // Not quite of length 1, as float32 rows are: scaling would change it.
  const row = Float32Array.of(0.6, 0.8000001);
  const mean = meanEmbedding(row, 2);
  expect(mean).toEqual(row);
  mean[0] = 5;
  expect(row[0]).toBe(Math.fround(0.6));
});

test('rows that cancel out have no mean', () => {
  const third = Math.sqrt(3) / 2;
  const message = /mean of . embeddings: expected embeddings that do not cancel out, found a sum/u;
  expect(() => meanEmbedding(Float32Array.of(0.6, 0.8, -0.6, -0.8), 2)).toThrow(message);
  expect(() => meanEmbedding(Float32Array.of(1, 0, -0.5, third, -0.5, -third), 2)).toThrow(message);
  expect(() => meanEmbedding(Float32Array.of(Number.NaN, 0, 1, 0), 2)).toThrow(message);
  expect([...meanEmbedding(Float32Array.of(0.6, 0.8, -0.6, -0.8, 0, 1), 2)]).toEqual([0, 1]);
});

test('no row, and what is no row', () => {
  expect(() => meanEmbedding(new Float32Array(), 4)).toThrow(InputError);
  expect(() => meanEmbedding(new Float32Array(6), 4)).toThrow(ShapeError);
});
