import { createRandom } from '@q-anchor/core';
import { holmAdjusted } from '@q-anchor/metrics';
import { expect, test } from 'vitest';

/** Holm's procedure as he states it: go up from the smallest until one is not rejected. */
function isRejected(
  pValues: readonly number[],
  { test: own, level }: { test: number; level: number },
) {
  const order = [...pValues.keys()].toSorted((a, b) => pValues[a]! - pValues[b]!);
  for (const [rank, index] of order.entries()) {
    if (pValues[index]! > level / (pValues.length - rank)) return false;
    if (index === own) return true;
  }
  return false;
}

test('by hand', () => {
  for (const [i, value] of holmAdjusted([0.01, 0.04, 0.03]).entries()) {
    expect(value).toBeCloseTo([0.03, 0.06, 0.06][i]!, 12);
  }
  expect(holmAdjusted([0.5, 0.9])).toEqual([1, 1]);
  expect(holmAdjusted([0.2])).toEqual([0.2]);
  expect(holmAdjusted([])).toEqual([]);
  // Ties are one another's equals.
  expect(holmAdjusted([0.02, 0.02])).toEqual([0.04, 0.04]);
});

test('rejects what the stepwise procedure rejects', () => {
  const random = createRandom(5);
  for (let round = 0; round < 200; round++) {
    const pValues = Array.from({ length: 1 + (round % 7) }, () => random.uniform() ** 3);
    const adjusted = holmAdjusted(pValues);
    for (const level of [0.01, 0.05, 0.3]) {
      for (const own of pValues.keys()) {
        expect(adjusted[own]! <= level).toBe(isRejected(pValues, { test: own, level }));
      }
    }
  }
});

test.each([-0.1, 1.5, Number.NaN])('a p value of %s is an error', (value) => {
  expect(() => holmAdjusted([0.5, value])).toThrow(/pValues\[1\]/);
});
