import { InputError, ShapeError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  add,
  arange,
  attention,
  broadcastTo,
  cast,
  concat,
  createGraph,
  dimensionValue,
  divide,
  equal,
  gather,
  greater,
  greaterOrEqual,
  layerNorm,
  linear,
  linearCrossEntropy,
  logicalAnd,
  logicalOr,
  logSoftmax,
  logSumExp,
  matmul,
  maximum,
  multiply,
  pad,
  reduceMax,
  reduceMean,
  reduceSum,
  reshape,
  rmsNorm,
  rotary,
  scatterAdd,
  segmentMask,
  slice,
  softmax,
  subtract,
  sumOfSquares,
  swiglu,
  transpose,
  where,
  type DType,
  type Shape,
  type Tensor,
} from '@q-anchor/graph';

const graph = createGraph();
let count = 0;
const of = (shape: Shape, dtype: DType = 'float32'): Tensor =>
  graph.input(`input ${count++}`, shape, dtype);
const ids = (...shape: Shape): Tensor => of(shape, 'int64');

describe('shapes of results', () => {
  const table: readonly (readonly [string, () => Tensor, Shape, DType?])[] = [
    ['add, aligned at the right', () => add(of(['n', 1, 3]), of(['m', 1])), ['n', 'm', 3]],
    ['add of a scalar', () => add(of([]), of([7])), [7]],
    ['equal', () => equal(ids('n'), 0), ['n'], 'bool'],
    ['where', () => where(of([3, 1], 'bool'), [of([7]), 0]), [3, 7]],
    ['cast', () => cast(of(['n']), 'int32'), ['n'], 'int32'],
    ['broadcastTo', () => broadcastTo(of([1, 3]), ['n', 2, 3]), ['n', 2, 3]],
    ['reduceSum of all', () => reduceSum(of(['n', 3])), []],
    [
      'reduceSum, kept',
      () => reduceSum(of(['n', 3]), { axes: [-1], keepDimensions: true }),
      ['n', 1],
    ],
    ['reduceMean', () => reduceMean(of(['n', 3, 'm']), { axes: [2, 0] }), [3]],
    ['reduceMax over no axis', () => reduceMax(of(['n', 3]), { axes: [] }), ['n', 3]],
    ['sumOfSquares', () => sumOfSquares(of(['n', 3])), []],
    ['reshape', () => reshape(of(['b', 't', 4]), ['t*b', 2, 2]), ['b*t', 2, 2]],
    ['transpose', () => transpose(of(['n', 2, 3]), [2, 0, 1]), [3, 'n', 2]],
    ['slice to the end', () => slice(of(['n+m', 3]), { axis: 0, start: 'n' }), ['m', 3]],
    ['pad', () => pad(of([3, 'n']), { axis: -1, before: 2, after: 'm' }), [3, 'm+n+2']],
    ['concat', () => concat([of([2, 'n']), of([2, 'm']), of([2, 1])], -1), [2, 'm+n+1']],
    ['gather', () => gather(of(['rows', 3]), ids('b', 't')), ['b', 't', 3]],
    [
      'scatterAdd',
      () => scatterAdd(ids('b', 't'), { updates: of(['b', 't', 3]), rows: 9 }),
      [9, 3],
    ],
    ['matmul', () => matmul([of(['b', 2, 3, 4]), of([4, 5])]), ['b', 2, 3, 5]],
    [
      'matmul, transposed',
      () => matmul([of([4, 'm']), of([5, 4])], { transposeA: true, transposeB: true }),
      ['m', 5],
    ],
    [
      'linear',
      () => linear(of(['b', 't', 4]), { weight: of([7, 4]), bias: of([7]) }),
      ['b', 't', 7],
    ],
    ['arange', () => arange(graph, 'n'), ['n'], 'int64'],
    ['dimensionValue', () => dimensionValue(graph, 'n', 'float64'), [], 'float64'],
  ];

  test.each(table.map(([name, ...rule]) => [name, rule] as const))('%s', (_name, rule) => {
    const [build, shape, dtype = 'float32'] = rule;
    const result = build();
    expect(result.shape).toEqual(shape);
    expect(result.dtype).toBe(dtype);
  });

  test('what changes nothing makes no node', () => {
    const x = of(['n', 3]);
    expect(reshape(x, ['n', 3])).toBe(x);
    expect(transpose(x, [0, 1])).toBe(x);
    expect(slice(x, { axis: 0 })).toBe(x);
    expect(pad(x, { axis: 0, before: 0, after: 0 })).toBe(x);
    expect(concat([x], 1)).toBe(x);
    expect(cast(x, 'float32')).toBe(x);
    expect(broadcastTo(x, ['n', 3])).toBe(x);
    expect(reduceSum(x, { axes: [] })).toBe(x);
    expect(reduceMean(x, { axes: [] })).toBe(x);
  });
});

describe('shapes that do not fit', () => {
  const norm = { weight: of([3]), bias: of([3]), epsilon: 1e-6 };
  const table = { cosines: of([9, 2]), sines: of([9, 2]), positions: ids('b', 't') };
  const block = {
    keys: of(['b', 2, 'k', 4]),
    values: of(['b', 2, 'k', 4]),
    mask: of(['b', 1, 't', 'k']),
  };
  const loss = { weight: of([9, 4]), labels: ids('n'), rowWeights: of(['n']) };

  test.each<readonly [string, string, () => unknown]>([
    ['add', '[3, 7], got [3, 6]', () => add(of([3, 7]), of([3, 6]))],
    ['subtract', '[n], got [m]', () => subtract(of(['n']), of(['m']))],
    ['multiply', '[2], got [n]', () => multiply(of([2]), of(['n']))],
    ['divide', '[2], got [3]', () => divide(of([2]), of([3]))],
    ['maximum', '[2], got [3]', () => maximum(of([2]), of([3]))],
    ['equal', '[2], got [3]', () => equal(of([2]), of([3]))],
    ['greater', '[2], got [3]', () => greater(of([2]), of([3]))],
    ['greaterOrEqual', '[2], got [3]', () => greaterOrEqual(of([2]), of([3]))],
    ['logicalAnd', '[2], got [3]', () => logicalAnd(of([2], 'bool'), of([3], 'bool'))],
    ['logicalOr', '[2], got [3]', () => logicalOr(of([2], 'bool'), of([3], 'bool'))],
    ['where', '[2], got [3]', () => where(of([2], 'bool'), [of([3]), 0])],
    ['broadcastTo', '[1], got [3]', () => broadcastTo(of([3]), [1])],
    ['broadcastTo', '[3], got [1, 3]', () => broadcastTo(of([1, 3]), [3])],
    ['reduceSum', '[one with an axis 2], got [3, 7]', () => reduceSum(of([3, 7]), { axes: [2] })],
    [
      'reduceMean',
      '[one with an axis -3], got [3, 7]',
      () => reduceMean(of([3, 7]), { axes: [-3] }),
    ],
    ['reduceMax', '[one with an axis 0], got []', () => reduceMax(of([]), { axes: [0] })],
    ['softmax', '[..., n], got []', () => softmax(of([]))],
    ['logSoftmax', '[..., n], got []', () => logSoftmax(of([]))],
    ['logSumExp', '[..., n], got []', () => logSumExp(of([]))],
    ['reshape', '[7, 2], got [3, 7]', () => reshape(of([3, 7]), [7, 2])],
    ['reshape', '[n, 2], got [n]', () => reshape(of(['n']), ['n', 2])],
    ['transpose', '[0, 0], got [3, 7]', () => transpose(of([3, 7]), [0, 0])],
    ['transpose', '[0], got [3, 7]', () => transpose(of([3, 7]), [0])],
    [
      'slice',
      '[2 to 9 on axis 1], got [3, 7]',
      () => slice(of([3, 7]), { axis: 1, start: 2, end: 9 }),
    ],
    ['slice', '[-1 to 7 on axis 1], got [3, 7]', () => slice(of([3, 7]), { axis: 1, start: -1 })],
    ['slice', '[2 to 1 on axis 0], got [n]', () => slice(of(['n']), { axis: 0, start: 2, end: 1 })],
    ['slice', '[0 to n+1 on axis 0], got [n]', () => slice(of(['n']), { axis: 0, end: 'n+1' })],
    ['slice', '[one with an axis 2], got [3, 7]', () => slice(of([3, 7]), { axis: 2 })],
    ['pad', '[one with an axis 1], got [3]', () => pad(of([3]), { axis: 1, before: 1, after: 0 })],
    ['pad', '[-1, 0]', () => pad(of([3]), { axis: 0, before: -1, after: 0 })],
    ['concat', '[3, 7], got [2, 6]', () => concat([of([3, 7]), of([2, 6])], 0)],
    ['concat', '[3], got [3, 1]', () => concat([of([3]), of([3, 1])], 0)],
    ['concat', '[one with an axis 1], got [3]', () => concat([of([3]), of([3])], 1)],
    ['concat', '[at least one tensor], got []', () => concat([], 0)],
    ['gather', '[rows, ...], got []', () => gather(of([]), ids(2))],
    [
      'scatterAdd',
      '[n, ...], got [m, 3]',
      () => scatterAdd(ids('n'), { updates: of(['m', 3]), rows: 2 }),
    ],
    [
      'scatterAdd',
      '[n, 2, ...], got [n]',
      () => scatterAdd(ids('n', 2), { updates: of(['n']), rows: 2 }),
    ],
    ['matmul', '[3, 7], got [6, 3]', () => matmul([of([3, 7]), of([6, 3])])],
    ['matmul', '[3], got [3, 1]', () => matmul([of([3]), of([3, 1])])],
    ['matmul', '[2], got [3]', () => matmul([of([2, 3, 7]), of([3, 7, 1])])],
    ['linear', '[..., 4], got [b, 3]', () => linear(of(['b', 3]), { weight: of([7, 4]) })],
    ['linear bias', '[7], got [1]', () => linear(of([4]), { weight: of([7, 4]), bias: of([1]) })],
    ['swiglu', '[3], got [1]', () => swiglu(of([3]), of([1]))],
    ['rmsNorm', '[4], got [3]', () => rmsNorm(of(['n', 4]), norm)],
    ['layerNorm', '[4], got [3]', () => layerNorm(of(['n', 4]), norm)],
    ['layerNorm', '[n], got [3]', () => layerNorm(of([]), norm)],
    [
      'rotary',
      '[batch, time, a multiple of 4], got [b, t, 6]',
      () => rotary(of(['b', 't', 6]), table),
    ],
    ['rotary positions', '[b, s], got [b, t]', () => rotary(of(['b', 's', 8]), table)],
    [
      'rotary sines',
      '[9, 2], got [8, 2]',
      () => rotary(of(['b', 't', 8]), { ...table, sines: of([8, 2]) }),
    ],
    [
      'attention',
      '[b, a multiple of 2, t, 4], got [b, 3, t, 4]',
      () => attention(of(['b', 3, 't', 4]), [block]),
    ],
    ['attention', 'got [b, 4, t, 4]', () => attention(of(['b', 4, 't', 4]), [])],
    [
      'attention keys and values',
      '[b, 2, k, 8], got [b, 2, k, 4]',
      () => attention(of(['b', 4, 't', 8]), [block]),
    ],
    [
      'attention keys and values',
      '[b, 2, k, 4], got [b, 2, j, 4]',
      () => attention(of(['b', 4, 't', 4]), [{ ...block, values: of(['b', 2, 'j', 4]) }]),
    ],
    [
      'attention mask',
      'got',
      () => attention(of(['b', 4, 's', 4]), [{ ...block, mask: of([1, 'b', 's', 'k']) }]),
    ],
    ['linearCrossEntropy', '[rows, 4], got [n, 3]', () => linearCrossEntropy(of(['n', 3]), loss)],
    [
      'linearCrossEntropy labels and row weights',
      '[m], got [n]',
      () => linearCrossEntropy(of(['m', 4]), loss),
    ],
    [
      'segmentMask',
      '[b, t], got [b, s]',
      () =>
        segmentMask(
          { segments: ids('b', 't'), positions: ids('b', 's') },
          { segments: ids('b', 't'), positions: ids('b', 't') },
        ),
    ],
    [
      'segmentMask',
      '[b, t], got [t]',
      () =>
        segmentMask(
          { segments: ids('b', 't'), positions: ids('b', 't') },
          { segments: ids('b', 't'), positions: ids('t') },
        ),
    ],
  ])('%s: %s', (op, shapes, build) => {
    expect(build).toThrow(ShapeError);
    expect(build).toThrow(new RegExp(`^${op}: expected shape`));
    expect(build).toThrow(shapes);
  });
});

describe('types that do not fit', () => {
  const f64 = of([3], 'float64');

  test.each<readonly [string, () => unknown]>([
    ['add', () => add(of([3]), f64)],
    ['equal', () => equal(ids(3), f64)],
    ['where', () => where(of([3], 'bool'), [of([3]), f64])],
    ['where condition', () => where(ids(3), [f64, 0])],
    ['logicalAnd', () => logicalAnd(of([3], 'bool'), of([3]))],
    ['logicalOr', () => logicalOr(ids(3), ids(3))],
    ['concat', () => concat([of([3]), f64], 0)],
    ['matmul', () => matmul([of([3, 1]), of([1, 3], 'float64')])],
    ['gather indices', () => gather(of([3]), of([3]))],
    ['scatterAdd indices', () => scatterAdd(of([3], 'int32'), { updates: of([3]), rows: 3 })],
    [
      'segmentMask',
      () => {
        const layout = { segments: of([1, 2], 'int32'), positions: ids(1, 2) };
        return segmentMask(layout, layout);
      },
    ],
    ['reduceSum', () => reduceSum(of([3, 7]), { axes: [0, -2] })],
  ])('%s', (op, build) => {
    expect(build).toThrow(InputError);
    expect(build).toThrow(new RegExp(`^${op}: expected`));
  });
});
