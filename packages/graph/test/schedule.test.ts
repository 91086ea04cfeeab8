import { InputError } from '@q-anchor/core';
import { expect, test } from 'vitest';

import { adamW, createGraph, warmupCosineRate } from '@q-anchor/graph';

test('rises to the peak, then falls to zero and stays there', () => {
  const schedule = { warmupSteps: 4, totalSteps: 12, peak: 8 };
  const rates = Array.from({ length: 14 }, (_, step) => warmupCosineRate(step, schedule));
  expect(rates.slice(0, 5)).toEqual([2, 4, 6, 8, 8]);
  expect(rates.slice(4)).toEqual(rates.slice(4).toSorted((a, b) => b - a));
  expect(rates[8]).toBeCloseTo(4, 14); // half way down
  expect(rates.slice(12)).toEqual([0, 0]);
});

test('no warm-up, nothing but warm-up, and too much of it', () => {
  expect(warmupCosineRate(0, { warmupSteps: 0, totalSteps: 2, peak: 1 })).toBe(1);
  expect(warmupCosineRate(1, { warmupSteps: 0, totalSteps: 2, peak: 1 })).toBeCloseTo(0.5, 15);
  expect(warmupCosineRate(2, { warmupSteps: 3, totalSteps: 3, peak: 1 })).toBe(1);
  expect(() => warmupCosineRate(0, { warmupSteps: 3, totalSteps: 2, peak: 1 })).toThrow(InputError);
});

test('AdamW of no parameters', () => {
  const graph = createGraph();
  const one = graph.constant(1);
  const options = { learningRate: one, correction1: one, correction2: one };
  expect(() => adamW([], options)).toThrow(InputError);
});
