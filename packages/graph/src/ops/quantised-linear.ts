import { ShapeError } from '@q-anchor/core';

import { productOf } from '../ir/dimension.js';
import { checkType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import {
  blockSizesOf,
  dequantise,
  writeDequantised,
  type QuantisedAttributes,
  type QuantisedRows,
} from './dequantise.js';
import { matmul } from './matmul.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';

/** A quantised linear layer's weights. */
export interface QuantisedLinearWeights extends Omit<QuantisedRows, 'columns'> {
  /** `[outputs]`. */
  readonly bias?: Tensor;
  /**
   * Whether `x` is rounded to 8 bits too, block by block, so that products are of integers: about
   * twice as fast, at an error like that of 8 bit weights. Default true.
   */
  readonly roundsInputs?: boolean;
}

interface Attributes extends QuantisedAttributes {
  readonly roundsInputs: boolean;
  readonly hasZeros: boolean;
}

/** An op's inputs by what they are: x, packed, scales, and maybe zeros and bias. */
const named = <T>(inputs: readonly T[], { hasZeros }: Attributes) => {
  const [x, packed, scales, ...rest] = inputs as readonly [T, T, T, ...T[]];
  const [zeros, bias] = hasZeros ? rest : [undefined, ...rest];
  return { x, packed, scales, zeros, bias };
};

const op: OpDefinition<Attributes> = {
  name: 'quantisedLinear',
  infer: ([x, packed]) => [
    { dtype: 'float32', shape: [...x!.shape.slice(0, -1), packed!.shape[0]!] },
  ],
  lower(writer, { inputs, outputs, node, attributes }) {
    const { x, packed, scales, zeros, bias } = named(inputs, attributes);
    const { bits, blockSize, columns, roundsInputs } = attributes;
    const rows = node.inputs[1]!.shape[0] as number;
    // The CPU's op adds the bias itself.
    const addsBias = bias === undefined || writer.isCpu;
    const made = addsBias ? { outputs } : {};
    let product: string;
    if (writer.isPortable) {
      // Of weights that are constant, ONNX Runtime computes this once, on the CPU.
      const parts = { ...attributes, lead: [rows], packed, scales, zeros };
      const weight = writeDequantised(writer, parts);
      const turned = writer.emit('Transpose', [weight], { attributes: { perm: [1, 0] } });
      product = writer.emit('MatMul', [x, turned], made);
    } else {
      const optional = bias === undefined || !addsBias ? [zeros] : [zeros ?? '', '', bias];
      const given = optional.filter((name) => name !== undefined);
      product = writer.emit('MatMulNBits', [x, packed, scales, ...given], {
        ...made,
        domain: 'com.microsoft',
        attributes: {
          K: columns,
          N: rows,
          bits,
          block_size: blockSize,
          accuracy_level: roundsInputs ? 4 : 1,
        },
      });
    }
    if (!addsBias) writer.emit('Add', [product, bias], { outputs });
  },
  vjp: ({ inputs, gradients, attributes }) => {
    const { x, packed, scales, zeros, bias } = named(inputs, attributes);
    const { bits, columns } = attributes;
    const rows = reshape(gradients[0]!, [productOf(...x.shape.slice(0, -1)), packed.shape[0]!]);
    const weight = dequantise({ packed, scales, ...(zeros && { zeros }), bits, columns });
    const none = [packed, scales, ...(zeros ? [zeros] : [])].map(() => undefined);
    return [
      reshape(matmul([rows, weight]), x.shape),
      ...none,
      ...(bias ? [reduceSum(rows, { axes: [0] })] : []),
    ];
  },
};

/**
 * Linear layer by a weight of 4 or 8 bits, quantised in blocks: `y = x W^T + b` with
 * `W = (q - zero) * scale`, see {@link dequantise}. The gradient flows to x and b, never to the
 * weight.
 *
 * @param x - `float32 [..., inputs]`
 * @param weights - packed `uint8 [outputs, blocks, block size * bits / 8]`, scales
 *   `[outputs, blocks]`, zero points and bias where there are
 * @returns `[..., outputs]`
 * @throws {@link ShapeError} if the sizes do not fit
 * @throws {@link InputError} if x is not float32, or a part of the weight has another element type
 */
export function quantisedLinear(x: Tensor, weights: QuantisedLinearWeights): Tensor {
  const { packed, scales, zeros, bias, bits, roundsInputs = true } = weights;
  checkType('quantisedLinear', [x, 'float32']);
  const columns = x.shape.at(-1);
  if (x.shape.length < 2 || packed.shape.length !== 3 || typeof columns !== 'number') {
    throw new ShapeError('quantisedLinear', ['...', 'rows', 'inputs'], x.shape);
  }
  const sizes = blockSizesOf('quantisedLinear', {
    packed,
    scales,
    bits,
    columns,
    ...(zeros && { zeros }),
  });
  const [outputs] = packed.shape;
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
    throw new ShapeError('quantisedLinear bias', [outputs!], bias.shape);
  }
  const inputs = [x, packed, scales, ...(zeros ? [zeros] : []), ...(bias ? [bias] : [])];
  if (bias) checkType('quantisedLinear bias', [bias, 'float32']);
  const attributes = { bits, columns, ...sizes, roundsInputs, hasZeros: zeros !== undefined };
  return x.graph.apply(op, inputs, attributes)[0]!;
}
