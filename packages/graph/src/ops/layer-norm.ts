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

/** Three outputs: the result, the mean and the inverse deviation. */
const op: OpDefinition<Attributes> = {
  name: 'layerNorm',
  infer: ([x]) => {
    const reduced = { dtype: x!.dtype, shape: [...x!.shape.slice(0, -1), 1] };
    return [{ dtype: x!.dtype, shape: x!.shape }, reduced, reduced];
  },
  lower(writer, { inputs, outputs, node, attributes: { epsilon } }) {
    const { dtype } = node.outputs[0]!;
    if (dtype === 'float32' && !writer.isPortable) {
      writer.emit('LayerNormalization', inputs, {
        outputs,
        attributes: { axis: -1, epsilon: { float: epsilon }, stash_type: 1 },
      });
      return;
    }
    const [x, weight, bias] = inputs as [string, string, string];
    const last = writer.int64([-1]);
    writer.emit('ReduceMean', [x, last], { outputs: [outputs[1]!] });
    const centred = writer.emit('Sub', [x, outputs[1]!]);
    const variance = writer.emit('ReduceMean', [writer.emit('Mul', [centred, centred]), last]);
    const root = writer.emit('Sqrt', [
      writer.emit('Add', [variance, writer.scalar(epsilon, dtype)]),
    ]);
    writer.emit('Div', [writer.scalar(1, dtype), root], { outputs: [outputs[2]!] });
    const scaled = writer.emit('Mul', [writer.emit('Mul', [centred, outputs[2]!]), weight]);
    writer.emit('Add', [scaled, bias], { outputs: [outputs[0]!] });
  },
};

/**
 * Layer normalisation over the last axis:
 * `y = (x - mean) / sqrt(variance + epsilon) * weight + bias` (Ba et al. 2016).
 *
 * @param x - `[..., n]`
 * @param options - `weight [n]`, `bias [n]`, and `epsilon`
 * @throws {@link ShapeError} if the sizes differ
 */
export function layerNorm(
  x: Tensor,
  options: { readonly weight: Tensor; readonly bias: Tensor; readonly epsilon: number },
): Tensor {
  const { weight, bias, epsilon } = options;
  for (const parameter of [weight, bias]) {
    if (parameter.shape.length !== 1 || parameter.shape[0] !== x.shape.at(-1)) {
      throw new ShapeError('layerNorm', [x.shape.at(-1) ?? 'n'], parameter.shape);
    }
  }
  const [y, mean, inverse] = x.graph.apply(op, [x, weight, bias], { epsilon }) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return withGradient(y, {
    inputs: [x, weight, bias],
    vjp: (d, [needsX, needsWeight, needsBias]) => {
      const rows = productOf(...x.shape.slice(0, -1));
      const normalised = multiply(subtract(x, mean), inverse);
      const towardsX = (): Tensor => {
        const scaled = multiply(d, weight);
        const last = { axes: [-1], keepDimensions: true };
        const shift = reduceMean(scaled, last);
        const slope = reduceMean(multiply(scaled, normalised), last);
        const rest = subtract(subtract(scaled, shift), multiply(normalised, slope));
        return multiply(rest, inverse);
      };
      const overRows = (t: Tensor): Tensor =>
        reduceSum(reshape(t, [rows, weight.shape[0]!]), { axes: [0] });
      return [
        needsX ? towardsX() : undefined,
        needsWeight ? overRows(multiply(d, normalised)) : undefined,
        needsBias ? overRows(d) : undefined,
      ];
    },
  });
}
