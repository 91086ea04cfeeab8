import {
  add,
  divide,
  equal,
  exp,
  greater,
  log,
  maximum,
  multiply,
  negate,
  subtract,
  where,
  withGradient,
  type Tensor,
} from '@q-anchor/graph';

/**
 * `log(1 + e^x)`, with a small relative error also where it is close to zero.
 *
 * `max(x, 0) + log1p(t)` with `t = e^-|x|`; log1p as `log(y) t / (y - 1)` with `y = 1 + t` as
 * rounded (Kahan), which keeps the digits that `log(1 + t)` loses.
 *
 * @param x - `[...]`
 */
export function softplus(x: Tensor): Tensor {
  const t = exp(negate(maximum(x, negate(x))));
  const y = add(t, 1);
  const rounded = subtract(y, 1);
  const log1p = where(equal(rounded, 0), [t, multiply(log(y), divide(t, rounded))]);
  const result = add(maximum(x, 0), log1p);
  return withGradient(result, {
    inputs: [x],
    vjp: (d) => [multiply(d, divide(where(greater(x, 0), [1, t]), y))],
  });
}
