import { describe, expect, test } from 'vitest';

import {
  add,
  cast,
  createGraph,
  gelu,
  gradients,
  greater,
  linearCrossEntropy,
  maximum,
  multiply,
  reduceMax,
  reduceSum,
  relu,
  stopGradient,
  subtract,
  where,
  withGradient,
  type Tensor,
} from '@q-anchor/graph';

import { engine, evaluate, numbersOf, tensorOf } from './support/engine.js';

const x3 = tensorOf('float64', [3], [1, -2, 3]);

const gradientOf = async (build: (x: Tensor) => Tensor, x = x3): Promise<number[]> => {
  const { d } = await evaluate({ x }, (inputs) => ({
    d: gradients(reduceSum(build(inputs['x']!)), [inputs['x']!])[0]!,
  }));
  return numbersOf(d!);
};

test('a tensor used twice gets both gradients', async () => {
  expect(await gradientOf((x) => add(multiply(x, 5), multiply(x, x)))).toEqual([7, 1, 11]);
});

test('through a node whose result is used twice', async () => {
  expect(
    await gradientOf((x) => {
      const twice = multiply(x, 2);
      return multiply(twice, twice);
    }),
  ).toEqual([8, -16, 24]);
});

test('what the loss does not depend on has zeros of its shape, symbolic ones too', async () => {
  const graph = createGraph();
  const [x, unused] = [graph.input('x', ['n'], 'float64'), graph.input('u', ['n', 2], 'float64')];
  const loss = reduceSum(x);
  multiply(unused, 2);
  for (const [i, d] of gradients(loss, [x, unused, loss]).entries()) graph.output(`d${i}`, d);
  await using program = await engine.compile(graph);
  const feeds = { x: x3, u: tensorOf('float64', [3, 2], [1, 2, 3, 4, 5, 6]) };
  const result = await program.run(feeds);
  expect(numbersOf(result['d0']!)).toEqual([1, 1, 1]);
  expect(result['d1']!).toEqual(tensorOf('float64', [3, 2], [0, 0, 0, 0, 0, 0]));
  expect(numbersOf(result['d2']!)).toEqual([1]);
});

test('stopGradient holds a factor constant', async () => {
  expect(await gradientOf((x) => multiply(x, stopGradient(x)))).toEqual([1, -2, 3]);
  expect(await gradientOf((x) => stopGradient(multiply(x, x)))).toEqual([0, 0, 0]);
});

test('no gradient through comparisons and integers', async () => {
  expect(await gradientOf((x) => where(greater(x, 0), [multiply(x, 2), 7]))).toEqual([2, 0, 2]);
  expect(await gradientOf((x) => multiply(x, cast(cast(x, 'int64'), 'float64')))).toEqual([
    1, -2, 3,
  ]);
});

test('an op without a gradient is held constant by stopGradient', async () => {
  const largest = (x: Tensor): Tensor => reduceMax(stopGradient(x), { keepDimensions: true });
  expect(await gradientOf((x) => subtract(x, largest(x)))).toEqual([1, 1, 1]);
});

test('towards a tensor in the middle, and past it', async () => {
  const { middle, start } = await evaluate({ x: x3 }, ({ x }) => {
    const between = multiply(x!, 3);
    const loss = reduceSum(multiply(between, between));
    const [m, s] = gradients(loss, [between, x!]) as [Tensor, Tensor];
    return { middle: m, start: s };
  });
  expect(numbersOf(middle!)).toEqual([6, -12, 18]);
  expect(numbersOf(start!)).toEqual([18, -36, 54]);
});

test('at ties: maximum gives it to the second, relu to nobody', async () => {
  const { a, b } = await evaluate(
    { x: tensorOf('float64', [3], [1, 2, 3]), y: tensorOf('float64', [3], [1, 1, 4]) },
    ({ x, y }) => {
      const [first, second] = gradients(reduceSum(maximum(x!, y!)), [x!, y!]) as [Tensor, Tensor];
      return { a: first, b: second };
    },
  );
  expect(numbersOf(a!)).toEqual([0, 1, 0]);
  expect(numbersOf(b!)).toEqual([1, 0, 1]);
  expect(await gradientOf(relu, tensorOf('float64', [3], [-1, 0, 2]))).toEqual([0, 0, 1]);
});

test('between float types', async () => {
  const { d } = await evaluate({ x: tensorOf('float32', [2], [1, 2]) }, ({ x }) => {
    const wide = cast(x!, 'float64');
    return { d: gradients(reduceSum(multiply(wide, wide)), [x!])[0]! };
  });
  expect(d!).toEqual(tensorOf('float32', [2], [2, 4]));
});

describe('withGradient', () => {
  test('replaces the rules between its inputs and its result, and only for the result', async () => {
    const build = (x: Tensor): { inner: Tensor; outer: Tensor } => {
      const inner = gelu(multiply(x, 2));
      const outer = withGradient(multiply(inner, 3), {
        inputs: [x],
        vjp: (d) => [multiply(d, 100)],
      });
      return { inner, outer };
    };
    expect(await gradientOf((x) => build(x).outer)).toEqual([100, 100, 100]);
    const { both, innerAlone } = await evaluate({ x: x3 }, ({ x }) => {
      const { inner, outer } = build(x!);
      return {
        both: gradients(reduceSum(add(inner, outer)), [x!])[0]!,
        innerAlone: gradients(reduceSum(inner), [x!])[0]!,
      };
    });
    const expected = numbersOf(innerAlone!).map((value) => value + 100);
    expect(numbersOf(both!)).toEqual(expected);
  });

  test('says which inputs are needed', async () => {
    const asked: (readonly boolean[])[] = [];
    await evaluate({ x: x3, y: x3 }, ({ x, y }) => {
      const product = withGradient(multiply(x!, y!), {
        inputs: [x!, y!],
        vjp: (d, needed) => {
          asked.push(needed);
          return [undefined, multiply(d, 2)];
        },
      });
      return { d: gradients(reduceSum(product), [y!])[0]! };
    });
    expect(asked).toEqual([[false, true]]);
  });
});

test('row weights of a loss have no gradient', async () => {
  const { d } = await evaluate(
    { x: tensorOf('float64', [1, 2], [1, 2]), w: tensorOf('float64', [1], [2]) },
    ({ x, w }) => {
      const labels = x!.graph.constant(tensorOf('int64', [1], [0]));
      const loss = linearCrossEntropy(x!, { weight: x!, labels, rowWeights: w! });
      return { d: gradients(loss, [w!])[0]! };
    },
  );
  expect(numbersOf(d!)).toEqual([0]);
});
