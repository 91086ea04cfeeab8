import { ShapeError } from '@q-anchor/core';

import type { Tensor } from '../ir/graph.js';
import { withGradient } from '../autodiff/with-gradient.js';
import { add } from './add.js';
import { multiply } from './multiply.js';
import { sigmoid } from './sigmoid.js';
import { subtract } from './subtract.js';

/**
 * Gated unit `silu(gate) * up` (Shazeer 2020).
 *
 * The sigmoid and the gated value are kept for the gradient; all else is recomputed from them.
 *
 * @param gate - `[...]`
 * @param up - `[...]`, the same shape
 * @throws {@link ShapeError} if the shapes differ
 */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  if (gate.shape.join() !== up.shape.join()) throw new ShapeError('swiglu', gate.shape, up.shape);
  const s = sigmoid(gate);
  const activated = multiply(gate, s);
  return withGradient(multiply(activated, up), {
    inputs: [gate, up],
    vjp: (d, [needsGate, needsUp]) => [
      needsGate
        ? multiply(multiply(d, up), add(s, multiply(activated, subtract(1, s))))
        : undefined,
      needsUp ? multiply(d, activated) : undefined,
    ],
  });
}
