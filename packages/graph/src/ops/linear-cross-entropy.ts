import { ShapeError } from '@q-anchor/core';

import { withGradient } from '../autodiff/with-gradient.js';
import type { Tensor } from '../ir/graph.js';
import { add } from './add.js';
import { gather } from './gather.js';
import { log } from './log.js';
import { matmul } from './matmul.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';
import { reduceMax } from './reduce-max.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { scatterAdd } from './scatter-add.js';
import { softmax } from './softmax.js';
import { subtract } from './subtract.js';

/** What {@link linearCrossEntropy} is given beside the hidden states. */
export interface LinearCrossEntropyOptions {
  /** The vocabulary's embedding, `[vocabulary, width]`. */
  readonly weight: Tensor;
  /** `int64 [rows]`. */
  readonly labels: Tensor;
  /** Weight of each row in the sum, `[rows]`: 1/count for a mean, 0 for padding. No gradient. */
  readonly rowWeights: Tensor;
}

/**
 * Softmax cross-entropy of a linear layer, summed with weights:
 * `sum_i w_i (log sum_v e^(x_i . e_v) - x_i . e_label(i))`.
 *
 * Layer and loss are one op, so that the gradient of the logits is never made: with P the softmax,
 * `x' = w (P E - E[label])` and `E' = P^T (w x) - scatter(label, w x)`. The logits are passed over
 * once forward (softmax) and twice backward (the two products).
 *
 * @param x - hidden states `[rows, width]`
 * @param options - embedding, labels, row weights
 * @returns a scalar, in nats
 * @throws {@link ShapeError} if the widths or the numbers of rows differ
 */
export function linearCrossEntropy(x: Tensor, options: LinearCrossEntropyOptions): Tensor {
  const { weight, labels, rowWeights } = options;
  const [rows, width] = x.shape;
  if (x.shape.length !== 2 || weight.shape.length !== 2 || weight.shape[1] !== width) {
    throw new ShapeError('linearCrossEntropy', ['rows', weight.shape[1] ?? 'width'], x.shape);
  }
  for (const perRow of [labels, rowWeights]) {
    if (perRow.shape.length !== 1 || perRow.shape[0] !== rows) {
      throw new ShapeError('linearCrossEntropy labels and row weights', [rows!], perRow.shape);
    }
  }
  const logits = matmul([x, weight], { transposeB: true });
  const probabilities = softmax(logits);
  const last = { axes: [-1] };
  const labelRows = gather(weight, labels);
  const labelLogits = reduceSum(multiply(x, labelRows), last);
  // The largest probability is 1 / sum e^(logit - max): the normaliser without another pass of exponentials.
  const normalisers = subtract(reduceMax(logits, last), log(reduceMax(probabilities, last)));
  const loss = reduceSum(multiply(subtract(normalisers, labelLogits), rowWeights));
  return withGradient(loss, {
    inputs: [x, weight],
    vjp: (d, [needsX, needsWeight]) => {
      const scale = reshape(multiply(rowWeights, d), [rows!, 1]);
      const towardsX = (): Tensor =>
        multiply(subtract(matmul([probabilities, weight]), labelRows), scale);
      const towardsWeight = (): Tensor => {
        const scaled = multiply(x, scale);
        const spread = matmul([probabilities, scaled], { transposeA: true });
        const picked = scatterAdd(labels, { updates: negate(scaled), rows: weight.shape[0]! });
        return add(spread, picked);
      };
      return [needsX ? towardsX() : undefined, needsWeight ? towardsWeight() : undefined];
    },
  });
}
