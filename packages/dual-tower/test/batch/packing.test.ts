import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import type { DualTowerConfig, TrainingExample } from '@q-anchor/dual-tower';
import type { FloatDType } from '@q-anchor/graph';
import { afterAll, describe, expect, test } from 'vitest';

import {
  config,
  createLossRunner,
  drawnExamples,
  drawnProfile,
  loraConfig,
  qwen3Config,
  relativeError,
  type Outcome,
} from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

/** Programs with every gradient are compiled: long on a busy machine. */
const compileTimeoutMs = 120_000;

/** Each pair as a user of its own: nothing is packed. */
const separate = (examples: readonly TrainingExample[]): TrainingExample[] =>
  examples.flatMap(({ profile, pairs }) => pairs.map((pair) => ({ profile, pairs: [pair] })));

describe('packed training equals separate sequences, in loss and every gradient', () => {
  const examples = drawnExamples(6, 5);
  const outcomes = async (of: DualTowerConfig, dtype: FloatDType) => {
    const run = await createLossRunner(engine, { of, dtype });
    return { packed: await run(examples), single: await run(separate(examples)) };
  };
  test.each([
    ['qwen2', config],
    ['qwen3', qwen3Config],
    ['with adapters', loraConfig],
    [
      'paper, sum of tokens',
      {
        ...config,
        contrastive: { ...config.contrastive, variant: 'paper' as const },
        nextTokenReduction: 'sum' as const,
        nextTokenWeight: 0.3,
      },
    ],
  ])(
    '%s',
    async (_, of) => {
      const exact = await outcomes(of, 'float64');
      const rounded = await outcomes(of, 'float32');
      for (const [{ packed, single }, tolerance] of [
        [exact, 1e-12],
        [rounded, 1e-5],
      ] as const) {
        for (const key of ['total', 'contrastive', 'nextToken'] as const) {
          expect(Math.abs(packed[key] / single[key] - 1)).toBeLessThan(tolerance);
        }
        expect(packed.accuracy).toBe(single.accuracy);
        expect(
          relativeError(packed.anchors.data as Float32Array, single.anchors.data as Float32Array),
        ).toBeLessThan(tolerance);
        const whole = (gradients: Outcome['gradients']) => Object.values(gradients).flat();
        expect(relativeError(whole(packed.gradients), whole(single.gradients))).toBeLessThan(
          tolerance,
        );
      }
      const names = Object.keys(exact.single.gradients);
      // A comparison of nothing with nothing would prove nothing.
      expect(names.filter((name) => Math.hypot(...exact.single.gradients[name]!) < 1e-6)).toEqual(
        [],
      );
      const errorOf = (a: Outcome, b: Outcome) => (name: string) =>
        relativeError(a.gradients[name]!, b.gradients[name]!);
      const exactError = errorOf(exact.packed, exact.single);
      expect(names.filter((name) => !(exactError(name) < 1e-12))).toEqual([]);
      // In float32 the gradient of one parameter alone may be a small difference of large terms: it
      // is held to 1e-5, or to what rounding does to it without any packing.
      const packing = errorOf(rounded.packed, rounded.single);
      const rounding = errorOf(rounded.single, exact.single);
      expect(names.filter((name) => !(packing(name) < Math.max(1e-5, 2 * rounding(name))))).toEqual(
        [],
      );
    },
    compileTimeoutMs,
  );
});

describe('the semantic tower', async () => {
  const run = await createLossRunner(engine);
  const examples = drawnExamples(12, 6);
  const width = config.head.output;
  const answersOf = async (of: readonly TrainingExample[]): Promise<Float32Array[]> => {
    const { data, shape } = (await run(of)).answers;
    return Array.from({ length: shape[0]! }, (_, i) =>
      (data as Float32Array).subarray(i * width, (i + 1) * width),
    );
  };

  test('an answer among others, in rows they share, is the answer alone', async () => {
    const together = await answersOf(examples);
    expect(together.length).toBeGreaterThan(10);
    for (const [i, example] of separate(examples).entries()) {
      const [alone] = await answersOf([example]);
      expect(relativeError(together[i]!, alone!)).toBeLessThan(1e-5);
    }
  });

  test('answers see neither users nor queries nor each other', async () => {
    const before = await answersOf(examples);
    const [first, ...others] = examples;
    const pairs = first!.pairs.map((pair) => ({ ...pair, query: 'news', answer: 'no' }));
    const stranger = drawnProfile(createRandom(5), 'stranger', 3);
    const after = await answersOf([{ profile: stranger, pairs }, ...others]);
    const rest = pairs.length;
    const flat = (rows: readonly Float32Array[]): number[] => rows.flatMap((row) => [...row]);
    expect(relativeError(flat(after.slice(rest)), flat(before.slice(rest)))).toBeLessThan(1e-5);
    expect(relativeError(after[0]!, before[0]!)).toBeGreaterThan(1e-3);
  });
});

describe('who sees whom', async () => {
  const run = await createLossRunner(engine);
  const [first, ...others] = drawnExamples(9, 4, 3);
  const [a, b] = [
    { query: 'what does the user like', answer: 'red shoes', source: 'uqa' as const },
    { query: 'spend much', answer: 'no', source: 'uqa' as const },
  ];
  const withPairs = (pairs: TrainingExample['pairs']): TrainingExample[] => [
    { profile: first!.profile, pairs },
    ...others,
  ];
  const anchorsOf = async (examples: readonly TrainingExample[]): Promise<number[][]> => {
    const { data, shape } = (await run(examples)).anchors;
    const width = shape[1]!;
    return Array.from({ length: shape[0]! }, (_, i) =>
      [...data.subarray(i * width, (i + 1) * width)].map(Number),
    );
  };

  test('an embedding does not see its answer: another answer leaves it bit-equal', async () => {
    const before = await anchorsOf(withPairs([a, b]));
    const after = await anchorsOf(withPairs([{ ...a, answer: 'blue tram' }, b]));
    expect(after).toEqual(before);
    const answers = (examples: TrainingExample[]) => run(examples).then((out) => out.answers.data);
    expect(await answers(withPairs([{ ...a, answer: 'blue tram' }, b]))).not.toEqual(
      await answers(withPairs([a, b])),
    );
  });

  test('nor does its length matter', async () => {
    const before = await anchorsOf(withPairs([a, b]));
    for (const answer of ['', 'green', 'will they buy the blue game often maybe']) {
      const after = await anchorsOf(withPairs([{ ...a, answer }, b]));
      expect(relativeError(after.flat(), before.flat())).toBeLessThan(1e-6);
    }
  });

  test('queries of a user do not see each other', async () => {
    const before = await anchorsOf(withPairs([a, b]));
    const changed = { ...a, query: 'will they buy coffee soon' };
    const after = await anchorsOf(withPairs([changed, b]));
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(relativeError(after[0]!, before[0]!)).toBeGreaterThan(1e-3);
  });

  test('the order of pairs is the order of embeddings', async () => {
    const [one, two] = await anchorsOf(withPairs([a, b]));
    const [second, firstAgain] = await anchorsOf(withPairs([b, a]));
    expect(relativeError(firstAgain!, one!)).toBeLessThan(1e-6);
    expect(relativeError(second!, two!)).toBeLessThan(1e-6);
  });

  test('users do not see each other', async () => {
    const before = await anchorsOf(withPairs([a, b]));
    const stranger = drawnProfile(createRandom(77), 'stranger', 9);
    const after = await anchorsOf([
      ...withPairs([a, b]).slice(0, -1),
      { profile: stranger, pairs: others.at(-1)!.pairs },
    ]);
    const own = before.length - others.at(-1)!.pairs.length;
    expect(relativeError(after.slice(0, own).flat(), before.slice(0, own).flat())).toBeLessThan(
      1e-6,
    );
    expect(relativeError(after.at(-1)!, before.at(-1)!)).toBeGreaterThan(1e-3);
  });

  test("an embedding sees the user's events, its query and the profile", async () => {
    const before = await anchorsOf(withPairs([a]));
    const { profile } = first!;
    const changes: TrainingExample[] = [
      { profile: { ...profile, events: { ...profile.events, bill: [] } }, pairs: [a] },
      { profile: { ...profile, tabular: { age: 99 } }, pairs: [a] },
      { profile, pairs: [{ ...a, query: 'what does the user pay' }] },
    ];
    for (const change of changes) {
      const [changed] = await anchorsOf([change, ...others]);
      expect(relativeError(changed!, before[0]!)).toBeGreaterThan(1e-4);
    }
  });
});
