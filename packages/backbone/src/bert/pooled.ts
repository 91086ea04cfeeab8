import { ShapeError } from '@q-anchor/core';
import {
  cast,
  divide,
  maximum,
  multiply,
  reduceSum,
  reshape,
  slice,
  type Tensor,
} from '@q-anchor/graph';

/** How hidden states become one vector: the first token's, or the mean over the tokens. */
export type BertPooling = 'cls' | 'mean';

/**
 * One vector per text: `h[0]` with `cls`, `sum_t m_t h_t / max(1, sum_t m_t)` with `mean`, for the
 * hidden states `h` and the mask `m` of a text.
 *
 * @param hidden - hidden states `[texts, time, width]`
 * @param options - the pooling, and the mask `int64 [texts, time]`: 1 at tokens, 0 at padding
 * @returns `[texts, width]`; zeros for the mean of no token
 * @throws {@link @q-anchor/core#ShapeError} if the mask is not of the hidden states' texts and time
 */
export function pooled(
  hidden: Tensor,
  options: { readonly pooling: BertPooling; readonly mask: Tensor },
): Tensor {
  const { pooling, mask } = options;
  const [texts, time, width] = hidden.shape;
  if (hidden.shape.length !== 3 || mask.shape.join() !== [texts, time].join()) {
    throw new ShapeError('pooled', [texts ?? 'texts', time ?? 'time'], mask.shape);
  }
  if (pooling === 'cls') {
    return reshape(slice(hidden, { axis: 1, end: 1 }), [texts!, width!]);
  }
  const weights = cast(reshape(mask, [texts!, time!, 1]), hidden.dtype);
  const count = maximum(reduceSum(weights, { axes: [1] }), 1);
  return divide(reduceSum(multiply(hidden, weights), { axes: [1] }), count);
}
