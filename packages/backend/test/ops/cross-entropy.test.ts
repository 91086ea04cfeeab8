import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { gradients, linearCrossEntropy, type FloatDType, type TensorData } from '@q-anchor/graph';

import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

const run = async (
  feeds: Readonly<Record<'x' | 'weight' | 'labels' | 'rowWeights', TensorData>>,
): Promise<{ loss: number; x: number[]; weight: number[] }> => {
  const result = await evaluate(feeds, ({ x, weight, labels, rowWeights }) => {
    const loss = linearCrossEntropy(x!, {
      weight: weight!,
      labels: labels!,
      rowWeights: rowWeights!,
    });
    const [dx, dWeight] = gradients(loss, [x!, weight!]) as [typeof loss, typeof loss];
    return { loss, dx, dWeight };
  });
  return {
    loss: numbersOf(result['loss']!)[0]!,
    x: numbersOf(result['dx']!),
    weight: numbersOf(result['dWeight']!),
  };
};

/** By the definition, one logit at a time. */
const slow = (
  x: readonly (readonly number[])[],
  weight: readonly (readonly number[])[],
  { labels, rowWeights }: { labels: readonly number[]; rowWeights: readonly number[] },
) => {
  const dx = x.map((row) => row.map(() => 0));
  const dWeight = weight.map((row) => row.map(() => 0));
  let loss = 0;
  for (const [i, row] of x.entries()) {
    const logits = weight.map((word) => word.reduce((sum, w, k) => sum + w * row[k]!, 0));
    const largest = Math.max(...logits);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    loss += rowWeights[i]! * (largest + Math.log(total) - logits[labels[i]!]!);
    for (const [v, logit] of logits.entries()) {
      const error = Math.exp(logit - largest) / total - (v === labels[i] ? 1 : 0);
      for (const k of row.keys()) {
        dx[i]![k]! += rowWeights[i]! * error * weight[v]![k]!;
        dWeight[v]![k]! += rowWeights[i]! * error * row[k]!;
      }
    }
  }
  return { loss, x: dx.flat(), weight: dWeight.flat() };
};

const feedsOf = (
  dtype: FloatDType,
  content: {
    readonly x: readonly (readonly number[])[];
    readonly weight: readonly (readonly number[])[];
    readonly labels: readonly number[];
    readonly rowWeights: readonly number[];
  },
) => {
  const { x, weight, labels, rowWeights } = content;
  const width = weight[0]!.length;
  return {
    x: tensorOf(dtype, [x.length, width], x.flat()),
    weight: tensorOf(dtype, [weight.length, width], weight.flat()),
    labels: tensorOf('int64', [labels.length], labels),
    rowWeights: tensorOf(dtype, [rowWeights.length], rowWeights),
  };
};

describe('against the definition', () => {
  test.each([
    ['float64', 1e-12],
    ['float32', 1e-5],
  ] as const)('random rows in %s', async (dtype, tolerance) => {
    const random = createRandom(5);
    const matrix = (rows: number): number[][] =>
      Array.from({ length: rows }, () =>
        Array.from({ length: 8 }, () => Math.fround(random.normal())),
      );
    const content = {
      x: matrix(13),
      weight: matrix(31),
      labels: Array.from({ length: 13 }, (_, i) => (i < 5 ? 30 : random.integer(31))),
      rowWeights: Array.from({ length: 13 }, (_, i) => (i === 2 ? 0 : 1 / 16)),
    };
    const actual = await run(feedsOf(dtype, content));
    const expected = slow(content.x, content.weight, content);
    expect(Math.abs(actual.loss / expected.loss - 1)).toBeLessThan(tolerance);
    expect(relativeError([actual.x, expected.x])).toBeLessThan(tolerance);
    expect(relativeError([actual.weight, expected.weight])).toBeLessThan(tolerance);
  });
});

describe('extreme logits', () => {
  const weight = [[1], [-1], [0]];

  test.each(['float32', 'float64'] as const)('+-200 in %s', async (dtype) => {
    // Logits 200, -200, 0: the loss of label 0 is 0, of label 1 400, of label 2 200.
    const content = { x: [[200], [200], [200]], weight, labels: [0, 1, 2], rowWeights: [1, 1, 1] };
    const { loss, x } = await run(feedsOf(dtype, content));
    expect(loss).toBeCloseTo(600, 3);
    // d logits: 0 for the first; +1 at word 0 and -1 at the label for the others.
    expect(relativeError([x, [0, 2, 1]])).toBeLessThan(1e-12);
    const single = await run(
      feedsOf(dtype, { ...content, x: [[200]], labels: [1], rowWeights: [1] }),
    );
    expect(single.loss).toBeCloseTo(400, 3);
    expect(relativeError([single.weight, [200, -200, 0]])).toBeLessThan(1e-12);
  });

  test('a label whose probability underflows still has a finite loss and a gradient', async () => {
    const content = { x: [[1000]], weight, labels: [1], rowWeights: [1] };
    const { loss, x, weight: dWeight } = await run(feedsOf('float32', content));
    expect(loss).toBe(2000);
    expect(x).toEqual([2]);
    expect(dWeight).toEqual([1000, -1000, 0]);
  });

  test('equal logits give the logarithm of the vocabulary', async () => {
    const content = { x: [[0]], weight, labels: [2], rowWeights: [1] };
    expect((await run(feedsOf('float64', content))).loss).toBeCloseTo(Math.log(3), 14);
  });
});

test('a row of weight zero changes nothing, whatever is in it', async () => {
  const weight = [
    [0.5, -1],
    [2, 0.25],
  ];
  const one = await run(
    feedsOf('float64', { x: [[1, 2]], weight, labels: [1], rowWeights: [0.5] }),
  );
  const padded = await run(
    feedsOf('float64', {
      x: [
        [1, 2],
        [70, -90],
      ],
      weight,
      labels: [1, 0],
      rowWeights: [0.5, 0],
    }),
  );
  expect(padded.loss).toBe(one.loss);
  expect(padded.x).toEqual([...one.x, 0, 0]);
  expect(relativeError([padded.weight, one.weight])).toBeLessThan(1e-15);
});
