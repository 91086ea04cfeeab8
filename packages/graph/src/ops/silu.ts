import type { Tensor } from '../ir/graph.js';
import { withGradient } from '../autodiff/with-gradient.js';
import { add } from './add.js';
import { multiply } from './multiply.js';
import { sigmoid } from './sigmoid.js';
import { subtract } from './subtract.js';

/**
 * Sigmoid linear unit, `x / (1 + e^-x)`.
 *
 * @param x - `[...]`
 */
export function silu(x: Tensor): Tensor {
  const gate = sigmoid(x);
  const y = multiply(x, gate);
  // y' = s + y (1 - s), with s the sigmoid.
  return withGradient(y, {
    inputs: [x],
    vjp: (d) => [multiply(d, add(gate, multiply(y, subtract(1, gate))))],
  });
}
