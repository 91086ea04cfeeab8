import { InputError, ShapeError } from '@q-anchor/core';

import { withGradient } from '../autodiff/with-gradient.js';
import { productOf, type Dimension } from '../ir/dimension.js';
import { checkType } from '../ir/dtype.js';
import type { Shape, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { onnxType } from '../onnx/wire.js';
import type { OnnxWriter } from '../onnx/writer.js';
import { multiply } from './multiply.js';
import { where } from './where.js';

/** How {@link dropout} draws. */
export interface DropoutOptions {
  /** Share of the elements that are set to zero, in `[0, 1)`. */
  readonly rate: number;
  /** `int64 []`, at least 0: another one for each step. */
  readonly seed: Tensor;
  /** Which of the graph's dropouts this is; those of different names have different masks. */
  readonly site: string;
}

const word = 2 ** 32;
/** Odd and below 2^30, so that its product with a number below 2^33 is an exact int64. */
const factor = 0x2c1b3c6d;

/** 32-bit FNV-1a, with a last round that spreads the last characters. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Fixed numbers, a stream of its own for each site. */
function siteKeys(site: string, count: number): Int32Array {
  let state = hashOf(site);
  return Int32Array.from({ length: count }, () => {
    state = (state + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    const again = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return again ^ (again >>> 15);
  });
}

/** One round of the row hash: `y = x * factor mod 2^32`, and `y + floor(y / 2^16)`. */
function round(writer: OnnxWriter, x: string): { readonly y: string; readonly mixed: string } {
  const product = writer.emit('Mul', [x, writer.scalar(factor, 'int64')]);
  const y = writer.emit('Mod', [product, writer.scalar(word, 'int64')]);
  const high = writer.emit('Div', [y, writer.scalar(2 ** 16, 'int64')]);
  return { y, mixed: writer.emit('Add', [y, high]) };
}

/** Two numbers of 32 bits for each row, hashes of the seed and the row's number. */
const rowKeysOp: OpDefinition<{ readonly rows: Dimension }> = {
  name: 'dropoutRowKeys',
  infer: (_inputs, { rows }) => [
    { dtype: 'int32', shape: [rows, 1] },
    { dtype: 'int32', shape: [rows, 1] },
  ],
  lower(writer, { inputs, outputs, attributes: { rows } }) {
    const scalar = (value: number): string => writer.scalar(value, 'int64');
    const next = (x: string): string => round(writer, x).mixed;
    const seed = writer.emit('Mod', [inputs[0]!, scalar(2 ** 31)]);
    const end = writer.emit('Squeeze', [writer.dimension(rows)]);
    const row = writer.emit('Range', [scalar(0), end, scalar(1)]);
    const column = writer.emit('Unsqueeze', [row, writer.int64([1])]);
    const started = writer.emit('Add', [column, next(next(next(seed)))]);
    const first = round(writer, next(next(next(next(started)))));
    const second = round(writer, next(next(first.mixed)));
    for (const [i, { y }] of [first, second].entries()) {
      writer.emit('Cast', [writer.emit('Sub', [y, scalar(2 ** 31)])], {
        outputs: [outputs[i]!],
        attributes: { to: onnxType.int32 },
      });
    }
  },
};

interface MaskAttributes {
  readonly shape: Shape;
  readonly rate: number;
  readonly site: string;
}

/**
 * Multiply-shift hashing (Dietzfelbinger et al. 1997) of the two row keys, by numbers fixed for the
 * column and the site: two passes of 32-bit numbers, which wrap. Any two elements, of one site or of
 * two, are independent.
 */
const maskOp: OpDefinition<MaskAttributes> = {
  name: 'dropoutMask',
  infer: (_inputs, { shape }) => [{ dtype: 'bool', shape }],
  lower(writer, { inputs, outputs, attributes: { shape, rate, site } }) {
    const [slope, offset] = inputs as readonly [string, string];
    const width = shape.at(-1) as number;
    const keys = siteKeys(site, width + 1);
    const row = { dtype: 'int32', shape: [1, width], data: keys.subarray(1) } as const;
    const scaled = writer.emit('Mul', [slope, writer.constant(row)]);
    const term = writer.emit('Mul', [offset, writer.scalar(keys[0]! | 1, 'int32')]);
    const hashed = writer.emit('Add', [scaled, term]);
    const threshold = Math.round(rate * word) - 2 ** 31;
    const kept = writer.emit('GreaterOrEqual', [hashed, writer.scalar(threshold, 'int32')]);
    writer.emit('Reshape', [kept, writer.shape(shape)], {
      outputs,
      attributes: { allowzero: 1 },
    });
  },
};

/** Row keys by seed and number of rows: all sites of a graph share them. */
const knownRowKeys = new WeakMap<Tensor, Map<Dimension, readonly Tensor[]>>();

function rowKeys(seed: Tensor, rows: Dimension): readonly Tensor[] {
  const known = knownRowKeys.get(seed) ?? new Map<Dimension, readonly Tensor[]>();
  knownRowKeys.set(seed, known);
  const keys = known.get(rows) ?? seed.graph.apply(rowKeysOp, [seed], { rows });
  known.set(rows, keys);
  return keys;
}

/**
 * Dropout (Srivastava et al. 2014): `y = x * kept / (1 - rate)`, with `kept` 1 with probability
 * `1 - rate`, else 0, so that the mean stays.
 *
 * The mask is a hash of seed, site, row and column, computed in the graph: the same seed gives the
 * same mask on every machine and whatever the number of threads; the gradient uses that mask too.
 *
 * @param x - `[..., width]`, the width a number
 * @param options - rate, seed, site
 * @returns `[..., width]`; `x` itself at rate 0
 * @throws {@link InputError} if the rate is not in `[0, 1)`, or the seed is not int64
 * @throws {@link ShapeError} if the seed is no scalar, or `x` has no fixed width
 */
export function dropout(x: Tensor, { rate, seed, site }: DropoutOptions): Tensor {
  if (!(rate >= 0 && rate < 1)) {
    throw new InputError({ where: 'dropout', expected: 'a rate in [0, 1)', found: `${rate}` });
  }
  checkType('dropout seed', [seed, 'int64']);
  if (seed.shape.length !== 0) throw new ShapeError('dropout seed', [], seed.shape);
  if (typeof x.shape.at(-1) !== 'number') throw new ShapeError('dropout', ['...', 1], x.shape);
  if (rate === 0) return x;
  const keys = rowKeys(seed, productOf(...x.shape.slice(0, -1)));
  const kept = x.graph.apply(maskOp, keys, { shape: x.shape, rate, site })[0]!;
  const masked = (tensor: Tensor): Tensor => multiply(where(kept, [tensor, 0]), 1 / (1 - rate));
  return withGradient(masked(x), { inputs: [x], vjp: (d) => [masked(d)] });
}
