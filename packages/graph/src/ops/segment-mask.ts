import { ShapeError } from '@q-anchor/core';

import { checkType, type FloatDType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import { add } from './add.js';
import { greaterOrEqual } from './greater-or-equal.js';
import { equal } from './equal.js';
import { logicalAnd } from './logical-and.js';
import { logicalOr } from './logical-or.js';
import { reshape } from './reshape.js';
import { where } from './where.js';

/** Where tokens belong in a packed sequence. */
export interface TokenLayout {
  /** `int64 [batch, tokens]`: 0 for the prefix, 1, 2, ... for its suffixes, -1 for padding. */
  readonly segments: Tensor;
  /** `int64 [batch, tokens]`: position in the token's own sequence, suffixes starting where the prefix ends. */
  readonly positions: Tensor;
}

/** Added to the scores of keys that must not be seen; finite, so that a row of them stays finite. */
const hidden = -1e9;

/** `[batch, tokens]` along the axis of queries. */
const column = (t: Tensor): Tensor => reshape(t, [t.shape[0]!, 1, t.shape[1]!, 1]);
/** `[batch, tokens]` along the axis of keys. */
const row = (t: Tensor): Tensor => reshape(t, [t.shape[0]!, 1, 1, t.shape[1]!]);

/**
 * Attention mask of packed sequences: a token sees the prefix and its own segment, up to itself.
 *
 * `mask[b, 0, i, j] = 0` if key `j` is no padding, lies in segment 0 or in query `i`'s segment, and
 * its position is not after `i`'s; else `-1e9`. One primitive serves training (all suffixes of a
 * user behind one prefix) and serving (many queries against a cached prefix).
 *
 * @param queries - layout of the tokens that look
 * @param keys - layout of the tokens looked at; the same object where they are the same tokens
 * @param options - `dtype`, the scores' type; default `float32`
 * @returns `[batch, 1, queries, keys]`
 * @throws {@link ShapeError} if segments and positions, or the batches, differ in shape
 * @throws {@link InputError} if they are not int64
 */
export function segmentMask(
  queries: TokenLayout,
  keys: TokenLayout,
  options: { readonly dtype?: FloatDType } = {},
): Tensor {
  for (const { segments, positions } of [queries, keys]) {
    for (const tensor of [segments, positions]) {
      checkType('segmentMask', [tensor, 'int64']);
      const expected = [queries.segments.shape[0] ?? 'batch', segments.shape[1] ?? 'tokens'];
      if (tensor.shape.join() !== expected.join()) {
        throw new ShapeError('segmentMask', expected, tensor.shape);
      }
    }
  }
  const keySegments = row(keys.segments);
  const isShared = logicalOr(
    equal(keySegments, 0),
    logicalAnd(equal(keySegments, column(queries.segments)), greaterOrEqual(keySegments, 0)),
  );
  const isBefore = greaterOrEqual(column(queries.positions), row(keys.positions));
  const { graph } = queries.segments;
  const zero = graph.constant(0, options.dtype ?? 'float32');
  return where(logicalAnd(isShared, isBefore), [zero, add(zero, hidden)]);
}
