import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { cosine } from './cosine.js';
import { multiply } from './multiply.js';

const op = unaryOp('sine', 'Sin', (x, _y, d) => multiply(d, cosine(x)));

/**
 * Sine, of radians.
 *
 * @param x - `[...]`
 */
export function sine(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}
