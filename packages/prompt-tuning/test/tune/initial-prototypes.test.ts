import { createRandom, InputError } from '@q-anchor/core';
import { initialPrototypes } from '@q-anchor/prompt-tuning';
import { expect, test } from 'vitest';

const turned = (degrees: number): [number, number] => {
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)];
};
const rows = (degrees: readonly number[]): Float32Array =>
  Float32Array.from(degrees.flatMap(turned));
const degreesOf = (data: ArrayLike<number>): number[] =>
  Array.from({ length: data.length / 2 }, (_, k) =>
    Math.round((180 / Math.PI) * Math.atan2(Number(data[2 * k + 1]), Number(data[2 * k]))),
  );

test('one a class: the mean direction, of length 1', () => {
  const { shape, data } = initialPrototypes(rows([10, 100, 30, 120]), {
    labels: [0, 1, 0, 1],
    classes: 2,
    perClass: 1,
    seed: 1,
  });
  expect(shape).toEqual([2, 2]);
  expect(degreesOf(data as Float32Array)).toEqual([20, 110]);
  expect(Math.hypot(...(data as Float32Array).subarray(0, 2))).toBeCloseTo(1, 6);
});

test('several: the centres of clusters, whatever the seed and the order', () => {
  const random = createRandom(4);
  const clusters = random.shuffled([0, 2, 4, 90, 92, 94, -120, -118, -116]);
  for (const seed of [1, 2, 3]) {
    const { data } = initialPrototypes(rows([...clusters, 45]), {
      labels: [...clusters.map(() => 0), 1],
      classes: 1,
      perClass: 3,
      seed,
    });
    expect(degreesOf(data as Float32Array).toSorted((a, b) => a - b)).toEqual([-118, 2, 92]);
  }
});

test('equal rows are no trouble', () => {
  const { data } = initialPrototypes(rows([30, 30, 30]), {
    labels: [0, 0, 0],
    classes: 1,
    perClass: 2,
    seed: 1,
  });
  expect(degreesOf(data as Float32Array)).toEqual([30, 30]);
});

test('fewer users than prototypes are refused', () => {
  const options = { labels: [0, 0], classes: 1, perClass: 3, seed: 1 };
  expect(() => initialPrototypes(rows([1, 2]), options)).toThrow(InputError);
});
