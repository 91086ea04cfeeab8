import { ShapeError } from '@q-anchor/core';

import { broadcastShape } from '../ir/broadcast.js';
import { checkOneType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { unbroadcast } from './elementwise.js';

/** How the operands of a matrix product are read. */
export interface MatmulOptions {
  /** Whether the last two axes of `a` are swapped. */
  readonly transposeA?: boolean;
  /** Whether the last two axes of `b` are swapped. */
  readonly transposeB?: boolean;
  /** A factor on the product. Default 1. */
  readonly alpha?: number;
}

type Attributes = Required<MatmulOptions>;

const swapped = (rank: number): number[] => {
  const order = [...Array(rank).keys()];
  [order[rank - 1], order[rank - 2]] = [rank - 2, rank - 1];
  return order;
};

const op: OpDefinition<Attributes> = {
  name: 'matmul',
  infer: ([a, b], { transposeA, transposeB }) => {
    checkOneType('matmul', [a!, b!]);
    const [x, y] = [a!.shape, b!.shape];
    if (x.length < 2 || y.length < 2) throw new ShapeError('matmul', x, y);
    const [rows, innerA] = transposeA ? [x.at(-1)!, x.at(-2)!] : [x.at(-2)!, x.at(-1)!];
    const [innerB, columns] = transposeB ? [y.at(-1)!, y.at(-2)!] : [y.at(-2)!, y.at(-1)!];
    if (innerA !== innerB) throw new ShapeError('matmul', x, y);
    const batch = broadcastShape('matmul', [x.slice(0, -2), y.slice(0, -2)]);
    return [{ dtype: a!.dtype, shape: [...batch, rows, columns] }];
  },
  lower(writer, { inputs, outputs, node, attributes: { transposeA, transposeB, alpha } }) {
    const [a, b] = node.inputs as readonly [Tensor, Tensor];
    if (a.shape.at(transposeA ? -2 : -1) === 0) {
      // ONNX Runtime leaves the sum over nothing uninitialised in its fused batched product.
      const { dtype, shape } = node.outputs[0]!;
      writer.emit('Expand', [writer.scalar(0, dtype), writer.shape(shape)], { outputs });
      return;
    }
    if (a.shape.length === 2 && b.shape.length === 2) {
      const attributes = {
        transA: transposeA ? 1 : 0,
        transB: transposeB ? 1 : 0,
        alpha: { float: alpha },
      };
      // The exact value of alpha matters in float64, where the attribute has float32 only.
      if (a.dtype === 'float32' || alpha === 1) {
        writer.emit('Gemm', inputs, { outputs, attributes });
        return;
      }
    } else if (a.dtype === 'float32' && !writer.isPortable) {
      writer.emit('FusedMatMul', inputs, {
        outputs,
        domain: 'com.microsoft',
        attributes: {
          transA: transposeA ? 1 : 0,
          transB: transposeB ? 1 : 0,
          alpha: { float: alpha },
        },
      });
      return;
    }
    const operand = (name: string, tensor: Tensor, isTransposed: boolean): string =>
      isTransposed
        ? writer.emit('Transpose', [name], { attributes: { perm: swapped(tensor.shape.length) } })
        : name;
    const pair = [operand(inputs[0]!, a, transposeA), operand(inputs[1]!, b, transposeB)];
    if (alpha === 1) {
      writer.emit('MatMul', pair, { outputs });
      return;
    }
    // ONNX Runtime fuses a factor into the product, and keeps it as a float32: its rest comes apart.
    const product = writer.emit('MatMul', pair);
    const [main, rest] = [Math.fround(alpha), alpha - Math.fround(alpha)].map((factor) =>
      writer.emit('Mul', [product, writer.scalar(factor, a.dtype)]),
    );
    writer.emit('Add', [main!, rest!], { outputs });
  },
  vjp: ({ inputs, gradients, needed, attributes: { transposeA, transposeB, alpha } }) => {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    const d = gradients[0]!;
    const gradientOfA = (): Tensor =>
      transposeA
        ? matmul([b, d], { transposeA: transposeB, transposeB: true, alpha })
        : matmul([d, b], { transposeB: !transposeB, alpha });
    const gradientOfB = (): Tensor =>
      transposeB
        ? matmul([d, a], { transposeA: true, transposeB: transposeA, alpha })
        : matmul([a, d], { transposeA: !transposeA, alpha });
    return [
      needed[0] ? unbroadcast(gradientOfA(), a) : undefined,
      needed[1] ? unbroadcast(gradientOfB(), b) : undefined,
    ];
  },
};

/**
 * Matrix product of the last two axes, batched over the others: `y = alpha * op(a) op(b)`.
 *
 * @param operands - `a [..., m, k]` and `b [..., k, n]`, before transposition; other axes broadcast
 * @param options - transposition and factor
 * @returns `[..., m, n]`
 * @throws {@link ShapeError} if the inner sizes differ
 * @throws {@link InputError} if the types differ
 */
export function matmul(operands: readonly [Tensor, Tensor], options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  return operands[0].graph.apply(op, operands, { transposeA, transposeB, alpha })[0]!;
}
