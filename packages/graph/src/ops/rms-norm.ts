import { ShapeError } from '@q-anchor/core';

import { withGradient } from '../autodiff/with-gradient.js';
import { productOf } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { multiply } from './multiply.js';
import { reduceMean } from './reduce-mean.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { subtract } from './subtract.js';

interface Attributes {
  readonly epsilon: number;
}

/** Two outputs: the result, and the inverse root mean square its gradient needs. */
const op: OpDefinition<Attributes> = {
  name: 'rmsNorm',
  infer: ([x]) => [
    { dtype: x!.dtype, shape: x!.shape },
    { dtype: x!.dtype, shape: [...x!.shape.slice(0, -1), 1] },
  ],
  lower(writer, { inputs, outputs, node, attributes: { epsilon } }) {
    const { dtype } = node.outputs[0]!;
    if (dtype === 'float32' && !writer.isPortable) {
      writer.emit('SimplifiedLayerNormalization', inputs, {
        outputs,
        attributes: { axis: -1, epsilon: { float: epsilon }, stash_type: 1 },
      });
      return;
    }
    const [x, weight] = inputs as [string, string];
    const square = writer.emit('Mul', [x, x]);
    const mean = writer.emit('ReduceMean', [square, writer.int64([-1])]);
    const shifted = writer.emit('Add', [mean, writer.scalar(epsilon, dtype)]);
    const root = writer.emit('Sqrt', [shifted]);
    writer.emit('Div', [writer.scalar(1, dtype), root], { outputs: [outputs[1]!] });
    const normalised = writer.emit('Mul', [x, outputs[1]!]);
    writer.emit('Mul', [normalised, weight], { outputs: [outputs[0]!] });
  },
};

/**
 * Root-mean-square normalisation over the last axis: `y = x / sqrt(mean(x^2) + epsilon) * weight`
 * (Zhang and Sennrich 2019).
 *
 * @param x - `[..., n]`
 * @param options - `weight [n]`, and `epsilon`
 * @throws {@link ShapeError} if the weight's size is not `n`
 */
export function rmsNorm(
  x: Tensor,
  options: { readonly weight: Tensor; readonly epsilon: number },
): Tensor {
  const { weight, epsilon } = options;
  if (weight.shape.length !== 1 || weight.shape[0] !== x.shape.at(-1)) {
    throw new ShapeError('rmsNorm', [x.shape.at(-1) ?? 'n'], weight.shape);
  }
  const [y, inverse] = x.graph.apply(op, [x, weight], { epsilon }) as [Tensor, Tensor];
  return withGradient(y, {
    inputs: [x, weight],
    vjp: (d, [needsX, needsWeight]) => {
      const rows = productOf(...x.shape.slice(0, -1));
      const normalised = multiply(x, inverse);
      // x' = inverse * (d w - n mean(d w n)), with n the normalised input.
      const towardsX = (): Tensor => {
        const scaled = multiply(d, weight);
        const mean = reduceMean(multiply(scaled, normalised), { axes: [-1], keepDimensions: true });
        return multiply(subtract(scaled, multiply(normalised, mean)), inverse);
      };
      const towardsWeight = (): Tensor =>
        reduceSum(reshape(multiply(d, normalised), [rows, weight.shape[0]!]), { axes: [0] });
      return [needsX ? towardsX() : undefined, needsWeight ? towardsWeight() : undefined];
    },
  });
}
