import { readFile } from 'node:fs/promises';

import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import { arrayFrom, createGraph, gradients, type TensorData } from '@q-anchor/graph';
import { prototypeLikelihoods, prototypeLoss, prototypeScores } from '@q-anchor/prompt-tuning';
import { afterAll, describe, expect, test } from 'vitest';

import { relativeError } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

interface Case {
  readonly embeddings: readonly (readonly number[])[];
  readonly prototypes: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly temperature: number;
  readonly perClass?: number;
  readonly weights?: readonly number[];
  readonly similarity?: 'cosine' | 'innerProduct';
}

const matrix = (rows: readonly (readonly number[])[]): TensorData => ({
  dtype: 'float64',
  shape: [rows.length, rows[0]!.length],
  data: Float64Array.from(rows.flat()),
});
const int64 = (values: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape: [values.length],
  data: arrayFrom('int64', values),
});

/** Loss and gradients in double precision. */
async function computed({ embeddings, prototypes, labels, perClass = 1, weights, ...rule }: Case) {
  const graph = createGraph();
  const u = graph.input('u', ['rows', embeddings[0]!.length], 'float64');
  const p = graph.input('p', [prototypes.length, embeddings[0]!.length], 'float64');
  const loss = prototypeLoss(
    {
      embeddings: u,
      prototypes: p,
      prototypeClasses: graph.constant(int64(prototypes.map((_, k) => Math.floor(k / perClass)))),
      labels: graph.input('labels', ['rows'], 'int64'),
      ...(weights && { rowWeights: graph.input('weights', ['rows'], 'float64') }),
    },
    rule,
  );
  const [towardsU, towardsP] = gradients(loss, [u, p]);
  graph.output('loss', loss);
  graph.output('towards u', towardsU!);
  graph.output('towards p', towardsP!);
  await using program = await engine.compile(graph);
  const outputs = await program.run({
    u: matrix(embeddings),
    p: matrix(prototypes),
    labels: int64(labels),
    ...(weights && {
      weights: { dtype: 'float64', shape: [weights.length], data: Float64Array.from(weights) },
    }),
  });
  const numbers = (name: string): number[] => Array.from(outputs[name]!.data, Number);
  return {
    loss: numbers('loss')[0]!,
    towardsU: numbers('towards u'),
    towardsP: numbers('towards p'),
  };
}

const random = createRandom(5);
const drawn = (rows: number, size: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: size }, () => random.normal()));

const file = new URL('../../../../tooling/goldens/prototypical.json', import.meta.url);
const goldens = JSON.parse(await readFile(file, 'utf8')) as {
  readonly cases: readonly (Case &
    Record<
      'cosine' | 'inner_product',
      {
        readonly loss: number;
        readonly grad_embeddings: readonly (readonly number[])[];
        readonly grad_prototypes: readonly (readonly number[])[];
      }
    >)[];
};

test.each(
  goldens.cases.flatMap((golden, i) =>
    (['cosine', 'inner_product'] as const).map((key) => ({ i, golden, key })),
  ),
)('golden $i, $key: loss and gradients', async ({ golden, key }) => {
  const similarity = key === 'cosine' ? 'cosine' : 'innerProduct';
  const { embeddings, prototypes, labels, temperature } = golden;
  const ours = await computed({ embeddings, prototypes, labels, temperature, similarity });
  expect(relativeError([ours.loss], [golden[key].loss])).toBeLessThan(1e-9);
  expect(relativeError(ours.towardsU, golden[key].grad_embeddings.flat())).toBeLessThan(1e-9);
  expect(relativeError(ours.towardsP, golden[key].grad_prototypes.flat())).toBeLessThan(1e-9);
});

describe('values', () => {
  const right = [
    [1, 0],
    [0, 1],
  ];

  test('by hand: an embedding on its own of two orthogonal prototypes', async () => {
    const { loss } = await computed({
      embeddings: [[3, 0]],
      prototypes: right,
      labels: [0],
      temperature: 0.5,
    });
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-2)), 14);
  });

  test('a tiny loss keeps its digits', async () => {
    const { loss } = await computed({
      embeddings: [[1, 0]],
      prototypes: [
        [1, 0],
        [-1, 0],
      ],
      labels: [0],
      temperature: 0.05,
    });
    expect(loss / Math.exp(-40)).toBeCloseTo(1, 10);
  });

  test('several prototypes a class: as the likelihoods in plain numbers, by weight', async () => {
    const [embeddings, prototypes] = [drawn(5, 4), drawn(6, 4)];
    const [labels, weights] = [
      [0, 2, 1, 1, 0],
      [0.3, 0.1, 0.2, 0.2, 0.2],
    ];
    const { loss } = await computed({
      embeddings,
      prototypes,
      labels,
      weights,
      perClass: 2,
      temperature: 0.3,
    });
    const likelihoods = prototypeLikelihoods(Float32Array.from(embeddings.flat()), {
      values: Float32Array.from(prototypes.flat()),
      classes: 3,
      dimensions: 4,
      temperature: 0.3,
    });
    const expected = labels.reduce(
      (sum, label, row) => sum - weights[row]! * likelihoods[row * 3 + label]!,
      0,
    );
    expect(loss).toBeCloseTo(expected, 6);
  });

  test('a class twice over is the class once', async () => {
    const [embeddings, prototypes] = [drawn(4, 3), drawn(2, 3)];
    const once = { embeddings, prototypes, labels: [0, 1, 1, 0], temperature: 0.2 };
    const twice = prototypes.flatMap((row) => [row, row]);
    const { loss } = await computed({ ...once, prototypes: twice, perClass: 2 });
    expect(loss).toBeCloseTo((await computed(once)).loss, 12);
  });
});

test.each(['cosine', 'innerProduct'] as const)(
  'gradients of %s are those of central differences, several prototypes and weights',
  async (similarity) => {
    const point = {
      embeddings: drawn(3, 5),
      prototypes: drawn(4, 5),
      labels: [0, 1, 1],
      weights: [0.5, 0.2, 0.3],
      perClass: 2,
      temperature: 0.7,
      similarity,
    };
    const { towardsU, towardsP } = await computed(point);
    for (const [key, slopes] of [
      ['embeddings', towardsU],
      ['prototypes', towardsP],
    ] as const) {
      for (const at of [0, 4, 7]) {
        const moved = async (by: number): Promise<number> => {
          const rows = point[key].map((row) => [...row]);
          rows[Math.floor(at / 5)]![at % 5]! += by;
          return (await computed({ ...point, [key]: rows })).loss;
        };
        const slope = ((await moved(1e-5)) - (await moved(-1e-5))) / 2e-5;
        expect(slopes[at]).toBeCloseTo(slope, 8);
      }
    }
  },
);

describe('likelihoods', () => {
  const table = {
    values: Float32Array.from(drawn(4, 3).flat()),
    classes: 2,
    dimensions: 3,
    temperature: 0.4,
  };
  const embeddings = Float32Array.from(drawn(6, 3).flat());

  test('of all classes come to 1; the score is their difference', () => {
    const likelihoods = prototypeLikelihoods(embeddings, table);
    const scores = prototypeScores(embeddings, table);
    for (let row = 0; row < 6; row++) {
      const [a, b] = likelihoods.subarray(2 * row, 2 * row + 2);
      expect(Math.exp(a!) + Math.exp(b!)).toBeCloseTo(1, 12);
      expect(scores[row]).toBe(b! - a!);
    }
  });

  test('lengths count in inner products alone', () => {
    const longer = embeddings.map((value) => 3 * value);
    const single = { ...table, values: table.values.subarray(0, 6) };
    const inner = { ...single, similarity: 'innerProduct' } as const;
    const errorOf = (of: typeof table): number =>
      relativeError(prototypeScores(longer, of), prototypeScores(embeddings, of));
    expect(errorOf(single)).toBeLessThan(1e-6);
    expect(errorOf(inner)).toBeCloseTo(2, 6);
  });

  test('a vector of zeros is as near to all; no rows give none', () => {
    const single = { ...table, values: table.values.subarray(0, 6) };
    expect(prototypeScores(new Float32Array(3), single)[0]).toBe(0);
    expect(prototypeScores(new Float32Array(0), single)).toHaveLength(0);
  });

  test('what is no whole rows is refused', () => {
    expect(() => prototypeScores(new Float32Array(4), table)).toThrow(/embeddings/);
    expect(() => prototypeLikelihoods(embeddings, { ...table, classes: 3 })).toThrow(/prototypes/);
    expect(() => prototypeScores(embeddings, { ...table, classes: 4 })).toThrow(/two classes/);
  });
});
