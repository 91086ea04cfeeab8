import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';
import { sine } from './sine.js';

const op = unaryOp('cosine', 'Cos', (x, _y, d) => negate(multiply(d, sine(x))));

/**
 * Cosine, of radians.
 *
 * @param x - `[...]`
 */
export function cosine(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}
