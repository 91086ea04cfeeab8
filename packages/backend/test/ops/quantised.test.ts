import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { createRandom, InputError, ShapeError } from '@q-anchor/core';
import {
  createGraph,
  dequantise,
  gradients,
  multiply,
  quantisedLinear,
  reduceSum,
  serialiseOnnx,
  type QuantisedLinearWeights,
  type QuantisedRows,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

interface Drawn {
  readonly feeds: Readonly<Record<'packed' | 'scales' | 'zeros', TensorData>>;
  /** `[rows, columns]`. */
  readonly values: readonly number[];
}

/** Random quantised rows, and their values one at a time. */
function drawnRows({
  rows,
  columns,
  bits,
  blockSize,
  hasZeros,
}: {
  rows: number;
  columns: number;
  bits: 4 | 8;
  blockSize: number;
  hasZeros: boolean;
}): Drawn {
  const random = createRandom(7);
  const blocks = Math.ceil(columns / blockSize);
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const bytes = (count: number): number[] =>
    Array.from({ length: count }, () => random.integer(256));
  const packed = bytes(rows * blocks * ((blockSize * bits) / 8));
  const zeros = bytes(rows * zeroBytes);
  const scales = Array.from({ length: rows * blocks }, () => Math.fround(0.01 + random.uniform()));
  const numberAt = (
    from: readonly number[],
    row: number,
    index: number,
    perRow: number,
  ): number => {
    if (bits === 8) return from[row * perRow + index]!;
    const byte = from[row * perRow + (index >> 1)]!;
    return index % 2 === 0 ? byte % 16 : Math.floor(byte / 16);
  };
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block = Math.floor(column / blockSize);
      const q = numberAt(packed, row, column, (blocks * blockSize * bits) / 8);
      const zero = hasZeros ? numberAt(zeros, row, block, zeroBytes) : 2 ** (bits - 1);
      values.push((q - zero) * scales[row * blocks + block]!);
    }
  }
  return {
    feeds: {
      packed: tensorOf('uint8', [rows, blocks, (blockSize * bits) / 8], packed),
      scales: tensorOf('float32', [rows, blocks], scales),
      zeros: tensorOf('uint8', [rows, zeroBytes], zeros),
    },
    values,
  };
}

const cases = [
  { bits: 8, blockSize: 32, rows: 3, columns: 64, hasZeros: false },
  { bits: 8, blockSize: 64, rows: 7, columns: 70, hasZeros: true },
  { bits: 8, blockSize: 128, rows: 16, columns: 300, hasZeros: true },
  { bits: 4, blockSize: 32, rows: 7, columns: 70, hasZeros: true },
  { bits: 4, blockSize: 64, rows: 5, columns: 128, hasZeros: true },
  { bits: 4, blockSize: 128, rows: 1, columns: 1, hasZeros: false },
] as const;

const inputsOf = (count: number, columns: number): number[] => {
  const random = createRandom(8);
  return Array.from({ length: count * columns }, () => random.normal());
};

/** `x W^T`, in loops. */
const product = (x: readonly number[], w: readonly number[], columns: number): number[] => {
  const out: number[] = [];
  for (let i = 0; i < x.length / columns; i++) {
    for (let j = 0; j < w.length / columns; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += x[i * columns + k]! * w[j * columns + k]!;
      out.push(sum);
    }
  }
  return out;
};

const partsOf = (inputs: Readonly<Record<string, Tensor>>, hasZeros: boolean) => ({
  packed: inputs['packed']!,
  scales: inputs['scales']!,
  ...(hasZeros && { zeros: inputs['zeros']! }),
});

describe.each(cases)(
  '$bits bits in blocks of $blockSize, [$rows, $columns], zeros $hasZeros',
  (one) => {
    const { bits, columns, rows, hasZeros } = one;
    const { feeds, values } = drawnRows(one);
    const x = tensorOf('float32', [2, 3, columns], inputsOf(6, columns));
    const expected = product(numbersOf(x), values, columns);

    test('dequantise gives each number exactly', async () => {
      const { y } = await evaluate(feeds, (inputs) => ({
        y: dequantise({ ...partsOf(inputs, hasZeros), bits, columns }),
      }));
      expect(y!.shape).toEqual([rows, columns]);
      expect(numbersOf(y!)).toEqual(values.map(Math.fround));
    });

    test('the product is that of the exact numbers', async () => {
      const bias = tensorOf('float32', [rows], inputsOf(rows, 1));
      const { exact, rounded, biased } = await evaluate({ ...feeds, x, bias }, (inputs) => {
        const weights: QuantisedLinearWeights = { ...partsOf(inputs, hasZeros), bits };
        const of = (more: Partial<QuantisedLinearWeights>): Tensor =>
          quantisedLinear(inputs['x']!, { ...weights, ...more });
        return {
          exact: of({ roundsInputs: false }),
          rounded: of({}),
          biased: of({ roundsInputs: false, bias: inputs['bias']! }),
        };
      });
      expect(exact!.shape).toEqual([2, 3, rows]);
      expect(relativeError([numbersOf(exact!), expected])).toBeLessThan(1e-5);
      expect(relativeError([numbersOf(rounded!), expected])).toBeLessThan(2e-2);
      const added = expected.map((value, i) => value + numbersOf(bias)[i % rows]!);
      expect(relativeError([numbersOf(biased!), added])).toBeLessThan(1e-5);
    });

    test('so it is where a device has no such kernel', async () => {
      const graph = createGraph();
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { shape, dtype }]) => [
          name,
          graph.input(name, shape, dtype),
        ]),
      );
      const lead = graph.input('x', ['batch', 'time', columns]);
      const given = tensorOf('float32', [rows], inputsOf(rows, 1));
      const bias = graph.input('bias', [rows]);
      graph.output('y', quantisedLinear(lead, { ...partsOf(inputs, hasZeros), bits, bias }));
      const { packed, scales, zeros } = feeds;
      const weights = { packed, scales, ...(hasZeros && { zeros }) };
      const { model } = serialiseOnnx(graph, { weights, isPortable: true });
      const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
      const unused = hasZeros
        ? {}
        : { zeros: new ort.Tensor('uint8', zeros.data as Uint8Array, zeros.shape) };
      const { y } = await session.run({
        x: new ort.Tensor('float32', x.data as Float32Array, x.shape),
        bias: new ort.Tensor('float32', given.data as Float32Array, given.shape),
        ...unused,
      });
      await session.release();
      const added = expected.map((value, i) => value + numbersOf(given)[i % rows]!);
      expect(relativeError([Array.from(y!.data as Float32Array), added])).toBeLessThan(1e-5);
    });

    test('the gradient of x is d W, that of the bias the sum of d', async () => {
      const d = tensorOf('float32', [2, 3, rows], inputsOf(6, rows));
      const bias = tensorOf('float32', [rows], inputsOf(rows, 1));
      const { gradient, ofBias } = await evaluate({ ...feeds, x, d, bias }, (inputs) => {
        const parts = { ...partsOf(inputs, hasZeros), bits, bias: inputs['bias']! };
        const loss = reduceSum(multiply(quantisedLinear(inputs['x']!, parts), inputs['d']!));
        const [towardsX, towardsBias] = gradients(loss, [inputs['x']!, inputs['bias']!]);
        return { gradient: towardsX!, ofBias: towardsBias! };
      });
      const sums = Array.from({ length: rows }, (_, j) =>
        numbersOf(d).reduce((sum, value, i) => sum + (i % rows === j ? value : 0), 0),
      );
      expect(relativeError([numbersOf(ofBias!), sums])).toBeLessThan(1e-5);
      const turned = Array.from({ length: rows * columns }, (_, i) => {
        const [column, row] = [Math.floor(i / rows), i % rows];
        return values[row * columns + column]!;
      });
      const slow = product(numbersOf(d), turned, rows);
      expect(gradient!.shape).toEqual(x.shape);
      expect(relativeError([numbersOf(gradient!), slow])).toBeLessThan(1e-5);
    });
  },
);

test('rows that are picked at run time, none among them', async () => {
  const one = { bits: 4, blockSize: 32, rows: 4, columns: 40, hasZeros: true } as const;
  const { feeds } = drawnRows(one);
  const graph = createGraph();
  const [packed, scales, zeros] = [
    graph.input('packed', ['n', 2, 16], 'uint8'),
    graph.input('scales', ['n', 2]),
    graph.input('zeros', ['n', 1], 'uint8'),
  ];
  graph.output('y', dequantise({ packed, scales, zeros, bits: 4, columns: 40 }));
  const { engine } = await import('./support/engine.js');
  await using program = await engine.compile(graph);
  expect((await program.run(feeds))['y']!.shape).toEqual([4, 40]);
  const empty = await program.run({
    packed: tensorOf('uint8', [0, 2, 16], []),
    scales: tensorOf('float32', [0, 2], []),
    zeros: tensorOf('uint8', [0, 1], []),
  });
  expect(empty['y']!.shape).toEqual([0, 40]);
});

test('a product over no rows', async () => {
  const { feeds } = drawnRows({ bits: 8, blockSize: 32, rows: 4, columns: 40, hasZeros: true });
  const { y } = await evaluate({ ...feeds, x: tensorOf('float32', [0, 40], []) }, (inputs) => ({
    y: quantisedLinear(inputs['x']!, { ...partsOf(inputs, true), bits: 8 }),
  }));
  expect(y!.shape).toEqual([0, 4]);
});

describe('what does not fit is an error', () => {
  const graph = createGraph();
  const packed = graph.input('packed', [3, 2, 32], 'uint8');
  const scales = graph.input('scales', [3, 2]);
  const zeros = graph.input('zeros', [3, 2], 'uint8');
  const rows: QuantisedRows = { packed, scales, zeros, bits: 8, columns: 64 };

  test.each([
    ['columns', { columns: 65 }],
    ['bits', { bits: 4 }],
    ['scales', { scales: graph.input('s', [2, 3]) }],
    ['zeros', { zeros: graph.input('z', [3, 1], 'uint8') }],
  ] as const)('%s', (_, change) => {
    expect(() => dequantise({ ...rows, ...change })).toThrow(ShapeError);
  });

  test('element types, the input’s width, the bias', () => {
    expect(() => dequantise({ ...rows, packed: graph.input('p', [3, 2, 32]) })).toThrow(InputError);
    const x = graph.input('x', ['rows', 64]);
    const narrow = graph.input('narrow', ['rows', 32]);
    const wide = graph.input('wide', ['rows', 64], 'float64');
    expect(() => quantisedLinear(narrow, rows)).toThrow(ShapeError);
    expect(() => quantisedLinear(wide, rows)).toThrow(InputError);
    expect(() => quantisedLinear(x, { ...rows, bias: graph.input('b', [4]) })).toThrow(ShapeError);
  });
});
