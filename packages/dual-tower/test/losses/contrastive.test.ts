import { readFile } from 'node:fs/promises';

import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  contrastiveLoss,
  defaultContrastive,
  inBatchAccuracy,
  type ContrastiveConfig,
} from '@q-anchor/dual-tower';
import { arrayFrom, createGraph, gradients, type FloatDType } from '@q-anchor/graph';
import { afterAll, describe, expect, test } from 'vitest';

import { relativeError } from '../../../core/test/support/relative-error.js';

type Matrix = readonly (readonly number[])[];

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

interface Losses {
  readonly loss: number;
  readonly accuracy: number;
  readonly gradU: readonly number[];
  readonly gradV: readonly number[];
}

/** Loss and gradients by the graph. */
async function graphLoss(
  { u, v, groups }: { readonly u: Matrix; readonly v: Matrix; readonly groups?: readonly number[] },
  options: Partial<ContrastiveConfig> & { readonly dtype?: FloatDType } = {},
): Promise<Losses> {
  const { dtype = 'float64', ...config } = options;
  const graph = createGraph();
  const width = u[0]!.length;
  const anchors = graph.input('u', ['pairs', width], dtype);
  const answers = graph.input('v', ['pairs', width], dtype);
  const answerGroups = groups && graph.input('groups', ['pairs'], 'int64');
  const loss = contrastiveLoss(
    { anchors, answers, ...(answerGroups && { answerGroups }) },
    { ...defaultContrastive, ...config },
  );
  const [gradU, gradV] = gradients(loss, [anchors, answers]);
  graph.output('loss', loss);
  graph.output('accuracy', inBatchAccuracy({ anchors, answers }));
  graph.output('gradU', gradU!);
  graph.output('gradV', gradV!);
  await using program = await engine.compile(graph);
  const feed = (rows: Matrix) => ({
    dtype,
    shape: [rows.length, width],
    data: arrayFrom(dtype, rows.flat()),
  });
  const out = await program.run({
    u: feed(u),
    v: feed(v),
    ...(groups && {
      groups: { dtype: 'int64', shape: [groups.length], data: BigInt64Array.from(groups, BigInt) },
    }),
  });
  const numbers = (name: string): number[] => [...out[name]!.data].map(Number);
  return {
    loss: numbers('loss')[0]!,
    accuracy: numbers('accuracy')[0]!,
    gradU: numbers('gradU'),
    gradV: numbers('gradV'),
  };
}

/** The loss pair by pair, straight from the formula. */
function slowLoss(
  { u, v, groups }: { readonly u: Matrix; readonly v: Matrix; readonly groups?: readonly number[] },
  { variant, temperature, margin, maskEqualAnswers }: ContrastiveConfig,
): number {
  const cosine = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
  const e = (similarity: number): number => Math.exp(similarity / temperature);
  let total = 0;
  for (const i of u.keys()) {
    const own = cosine(u[i]!, v[i]!);
    let z = e(own);
    for (const j of u.keys()) {
      if (i === j || (maskEqualAnswers && groups && groups[i] === groups[j])) continue;
      const uu = cosine(u[i]!, u[j]!);
      const uv = cosine(u[i]!, v[j]!);
      const limit = own + margin;
      if (variant === 'paper') {
        if (Math.max(uu, uv) <= limit) z += e(uu) + e(uv) + e(cosine(v[i]!, v[j]!));
      } else {
        for (const s of [uu, uv, cosine(v[i]!, u[j]!)]) if (s <= limit) z += e(s);
      }
    }
    total -= Math.log(e(own) / z);
  }
  return total / u.length;
}

/** Vectors with pairs alike enough that some negatives pass the margin. */
function drawn(seed: number, pairs: number, width = 5): { u: number[][]; v: number[][] } {
  const random = createRandom(seed);
  const base = Array.from({ length: width }, () => random.normal());
  const draw = (): number[][] =>
    Array.from({ length: pairs }, () => base.map((x) => x + 0.8 * random.normal()));
  return { u: draw(), v: draw() };
}

interface Case {
  readonly u: Matrix;
  readonly v: Matrix;
  readonly temperature: number;
  readonly margin: number;
  readonly paper: Golden;
  readonly release: Golden;
}
interface Golden {
  readonly loss: number;
  readonly grad_u: Matrix;
  readonly grad_v: Matrix;
}
const golden: { readonly cases: readonly Case[] } = JSON.parse(
  await readFile(new URL('../../../../tooling/goldens/contrastive.json', import.meta.url), 'utf8'),
);
const variants = ['paper', 'release'] as const;

describe.each(variants)('%s', (variant) => {
  test.each([
    ['float64', 1e-9, 1e-9],
    ['float32', 1e-5, 5e-5],
  ] as const)('goldens in %s', async (dtype, valueTolerance, gradientTolerance) => {
    for (const { u, v, temperature, margin, [variant]: expected } of golden.cases) {
      const { loss, gradU, gradV } = await graphLoss(
        { u, v },
        { variant, temperature, margin, dtype },
      );
      expect(relativeError([loss], [expected.loss])).toBeLessThan(valueTolerance);
      expect(relativeError(gradU, expected.grad_u.flat())).toBeLessThan(gradientTolerance);
      expect(relativeError(gradV, expected.grad_v.flat())).toBeLessThan(gradientTolerance);
    }
  });

  test.each([2, 3, 7])(
    '%d random pairs equal the formula, gradients its differences',
    async (n) => {
      const { u, v } = drawn(n, n);
      const groups = Array.from({ length: n }, (_, i) => i % 5);
      const config = { ...defaultContrastive, variant, temperature: 0.3 };
      const { loss, gradU, gradV } = await graphLoss({ u, v, groups }, config);
      expect(loss).toBeCloseTo(slowLoss({ u, v, groups }, config), 10);
      const step = 1e-5;
      const differences = (side: 'u' | 'v'): number[] =>
        [...Array(n * 5).keys()].map((at) => {
          const moved = (by: number): number => {
            const shifted = { u, v }[side].map((row, i) =>
              row.map((x, k) => (i * 5 + k === at ? x + by : x)),
            );
            return slowLoss({ u, v, groups, [side]: shifted }, config);
          };
          return (moved(step) - moved(-step)) / (2 * step);
        });
      expect(relativeError(gradU, differences('u'))).toBeLessThan(1e-7);
      expect(relativeError(gradV, differences('v'))).toBeLessThan(1e-7);
    },
  );

  test('one pair has nothing to be told from', async () => {
    const { loss, gradU, gradV } = await graphLoss(drawn(1, 1), { variant });
    expect(Math.abs(loss)).toBe(0);
    expect([...gradU, ...gradV].every((value) => value === 0)).toBe(true);
  });

  test('the order of pairs does not matter', async () => {
    const { u, v } = drawn(4, 6);
    const order = [3, 1, 5, 0, 2, 4];
    const straight = await graphLoss({ u, v }, { variant });
    const permuted = await graphLoss(
      { u: order.map((i) => u[i]!), v: order.map((i) => v[i]!) },
      { variant },
    );
    expect(permuted.loss).toBeCloseTo(straight.loss, 12);
    const expected = order.flatMap((i) => straight.gradU.slice(i * 5, i * 5 + 5));
    expect(relativeError(permuted.gradU, expected)).toBeLessThan(1e-12);
  });

  test('nor does the length of vectors', async () => {
    const { u, v } = drawn(5, 6);
    const straight = await graphLoss({ u, v }, { variant });
    const scaled = await graphLoss(
      {
        u: u.map((row, i) => row.map((x) => x * 2 ** (i - 3))),
        v: v.map((row) => row.map((x) => x * 100)),
      },
      { variant },
    );
    expect(scaled.loss).toBeCloseTo(straight.loss, 12);
    // And so no gradient points along a vector.
    for (const [i, row] of u.entries()) {
      const along = row.reduce((sum, x, k) => sum + x * straight.gradU[i * 5 + k]!, 0);
      expect(along).toBeCloseTo(0, 12);
    }
  });

  test('equal answers are no negatives of each other', async () => {
    const { u, v } = drawn(6, 3);
    const equal = { u, v: [v[0]!, v[0]!, v[2]!] };
    const masked = await graphLoss({ ...equal, groups: [0, 0, 1] }, { variant });
    const config = { ...defaultContrastive, variant };
    expect(masked.loss).toBeCloseTo(slowLoss({ ...equal, groups: [0, 0, 1] }, config), 10);
    const unmasked = await graphLoss(
      { ...equal, groups: [0, 0, 1] },
      { variant, maskEqualAnswers: false },
    );
    expect(unmasked.loss).toBeCloseTo(slowLoss(equal, config), 10);
    expect(unmasked.loss).toBeGreaterThan(masked.loss + 0.01);
    // All answers equal: nothing left to tell apart.
    const all = await graphLoss({ u, v, groups: [4, 4, 4] }, { variant });
    expect(Math.abs(all.loss)).toBe(0);
  });

  test('a cold temperature stays finite', async () => {
    const { u, v } = drawn(7, 8);
    for (const dtype of ['float32', 'float64'] as const) {
      const result = await graphLoss({ u, v }, { variant, temperature: 0.001, dtype });
      expect([result.loss, ...result.gradU, ...result.gradV].every(Number.isFinite)).toBe(true);
    }
  });

  test('a vector of zeros stays finite, one that is no number does not hide', async () => {
    const { u, v } = drawn(8, 3);
    const zero = await graphLoss({ u: [[0, 0, 0, 0, 0], ...u.slice(1)], v }, { variant });
    expect([zero.loss, ...zero.gradU].every(Number.isFinite)).toBe(true);
    const broken = await graphLoss(
      { u: [u[0]!.map(() => Number.NaN), ...u.slice(1)], v },
      {
        variant,
      },
    );
    expect(broken.loss).toBeNaN();
  });
});

test('values worked by hand: two orthogonal pairs', async () => {
  const u = [
    [1, 0],
    [0, 2],
  ];
  // Own cosines 1, all others 0: Z = e^(1/T) + 3.
  const expected = Math.log(1 + 3 * Math.exp(-2));
  for (const variant of variants) {
    const { loss, accuracy } = await graphLoss({ u, v: u }, { variant, temperature: 0.5 });
    expect(loss).toBeCloseTo(expected, 12);
    expect(accuracy).toBe(1);
  }
});

test('a negative beyond the margin is taken for a false one', async () => {
  // Pair 0 has own cosine 0, u0.v1 = 1: masked; without the mask it would cost about 1/T.
  const u = [
    [1, 0, 0],
    [0, 0, 1],
  ];
  const v = [
    [0, 1, 0],
    [1, 0, 0],
  ];
  const masked = await graphLoss({ u, v }, { variant: 'release' });
  const unmasked = await graphLoss({ u, v }, { variant: 'release', margin: 3 });
  expect(masked.loss).toBeLessThan(2);
  expect(unmasked.loss).toBeGreaterThan(masked.loss + 5);
});

test('anchors alike and far from their answers: the paper masks all, the release one side of three', async () => {
  // u_i.u_j = 1 > u_i.v_i + margin: with the joint mask nothing is left to learn from.
  const u = [
    [1, 0, 0],
    [1, 0, 0],
  ];
  const v = [
    [0, 1, 0],
    [0, 0, 1],
  ];
  const paper = await graphLoss({ u, v }, { variant: 'paper' });
  expect(Math.abs(paper.loss)).toBe(0);
  expect(Math.hypot(...paper.gradU)).toBe(0);
  const release = await graphLoss({ u, v }, { variant: 'release' });
  expect(release.loss).toBeCloseTo(Math.log(3), 10);
});

test('accuracy: share of pairs whose own answer is nearest, ties won', async () => {
  const v = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ];
  const u = [
    [2, 1],
    [2, 1],
    [-3, 0],
    [1, -1],
  ];
  const { accuracy } = await graphLoss({ u, v });
  expect(accuracy).toBe(0.75);
});
