import { InputError } from '@q-anchor/core';

import { broadcastAxes, broadcastShape } from '../ir/broadcast.js';
import { checkOneType, type DType } from '../ir/dtype.js';
import type { Tensor, TensorType } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';

/** A tensor, or a number that stands for a scalar of the other operand's type. */
export type Operand = Tensor | number;

/** Both operands as tensors of one graph and type. */
export function operandsOf(where: string, [a, b]: readonly [Operand, Operand]): [Tensor, Tensor] {
  if (typeof a === 'number' && typeof b === 'number') {
    throw new InputError({ where, expected: 'at least one tensor', found: 'two numbers' });
  }
  const x = typeof a === 'number' ? (b as Tensor).graph.constant(a, (b as Tensor).dtype) : a;
  const y = typeof b === 'number' ? x.graph.constant(b, x.dtype) : b;
  checkOneType(where, [x, y]);
  return [x, y];
}

/** Type of a broadcasting binary op. */
function inferBinary(where: string, inputs: readonly Tensor[], dtype?: DType): TensorType {
  const [a, b] = inputs as [Tensor, Tensor];
  return { dtype: dtype ?? a.dtype, shape: broadcastShape(where, [a.shape, b.shape]) };
}

/** The gradient of a broadcast operand: summed over the axes along which it was repeated. */
export function unbroadcast(gradient: Tensor, like: Tensor): Tensor {
  const axes = broadcastAxes(like.shape, gradient.shape);
  if (axes.length === 0) return gradient;
  const summed = reduceSum(gradient, { axes, keepDimensions: true });
  return summed.shape.length === like.shape.length ? summed : reshape(summed, like.shape);
}

/** An op of one ONNX node with equal input and output type. */
export function unaryOp(
  name: string,
  onnx: string,
  vjp?: (input: Tensor, output: Tensor, gradient: Tensor) => Tensor,
): OpDefinition {
  return {
    name,
    infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    lower: (writer, { inputs, outputs }) => void writer.emit(onnx, inputs, { outputs }),
    ...(vjp && {
      vjp: ({ inputs, outputs, gradients }) => [vjp(inputs[0]!, outputs[0]!, gradients[0]!)],
    }),
  };
}

/** A broadcasting op of one ONNX node. */
export function binaryOp(
  name: string,
  onnx: string,
  options: {
    readonly dtype?: DType;
    readonly vjp?: (
      operands: readonly [Tensor, Tensor],
      output: Tensor,
      gradient: Tensor,
    ) => readonly [() => Tensor, () => Tensor];
  } = {},
): OpDefinition {
  const { dtype, vjp } = options;
  return {
    name,
    infer: (inputs) => [inferBinary(name, inputs, dtype)],
    lower: (writer, { inputs, outputs }) => void writer.emit(onnx, inputs, { outputs }),
    ...(vjp && {
      vjp: ({ inputs, outputs, gradients, needed }) => {
        const operands = inputs as unknown as readonly [Tensor, Tensor];
        const rules = vjp(operands, outputs[0]!, gradients[0]!);
        return rules.map((rule, i) => (needed[i] ? unbroadcast(rule(), operands[i]!) : undefined));
      },
    }),
  };
}
