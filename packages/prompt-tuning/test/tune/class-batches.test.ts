import { classBatches } from '@q-anchor/prompt-tuning';
import { describe, expect, test } from 'vitest';

const labels = [1, ...Array<number>(20).fill(0), 1, 1];
const options = { classes: 2, batchUsers: 8, seed: 3 } as const;
const steps = [...Array(40).keys()];

describe('batch', () => {
  const at = classBatches(labels, { ...options, balance: 'batch' });

  test('half of each class, of equal weight', () => {
    for (const { indices, weights } of steps.map(at)) {
      expect(indices.filter((index) => labels[index] === 1)).toHaveLength(4);
      expect(indices).toHaveLength(8);
      expect(weights).toEqual(Array(8).fill(1 / 8));
    }
  });

  test('members of a class come round equally often', () => {
    const counts = new Map<number, number>();
    for (const { indices } of steps.slice(0, 15).map(at)) {
      for (const index of indices) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    // 15 steps of 4: twenty rounds of the three positives, three of the twenty negatives.
    for (const [index, label] of labels.entries()) {
      expect(counts.get(index)).toBe(label === 1 ? 20 : 3);
    }
  });

  test('what does not divide goes to the first classes; each keeps half of the loss', () => {
    const odd = classBatches(labels, { ...options, batchUsers: 5, balance: 'batch' })(2);
    expect(odd.indices.map((index) => labels[index])).toEqual([0, 0, 0, 1, 1]);
    expect(odd.weights.slice(0, 3).reduce((a, b) => a + b)).toBeCloseTo(0.5, 12);
  });
});

test('weights: each class has half of the loss on the average', () => {
  const at = classBatches(labels, { ...options, balance: 'weights' });
  let positives = 0;
  let all = 0;
  for (const { indices, weights } of Array.from({ length: 23 }, (_, step) => at(step))) {
    for (const [i, index] of indices.entries()) {
      all += weights[i]!;
      if (labels[index] === 1) positives += weights[i]!;
    }
  }
  expect(all / 23).toBeCloseTo(1, 12);
  expect(positives / 23).toBeCloseTo(0.5, 12);
});

test('none: as they come, of equal weight', () => {
  const { indices, weights } = classBatches(labels, { ...options, balance: 'none' })(0);
  expect(new Set(indices).size).toBe(8);
  expect(weights).toEqual(Array(8).fill(1 / 8));
});

test.each(['batch', 'weights', 'none'] as const)(
  '%s: a step has its batch whatever was asked before, another seed another',
  (balance) => {
    const at = classBatches(labels, { ...options, balance });
    const straight = steps.map(at);
    const fresh = classBatches(labels, { ...options, balance });
    expect([...steps].toReversed().map(fresh)).toEqual(straight.toReversed());
    expect(classBatches(labels, { ...options, seed: 4, balance })(0)).not.toEqual(straight[0]);
  },
);
