import { InputError } from '@q-anchor/core';
import {
  add,
  divide,
  multiply,
  productOf,
  reshape,
  subtract,
  type Dimension,
  type Tensor,
} from '@q-anchor/graph';

import type { LayerCache, PastLayer } from './layer-attention.js';

/** Numbers `x = scale q + offset` by channel of a head, each `[batch, groups, 1, size]`. */
export interface ChannelRange {
  /** Scales, none of them zero. */
  readonly scales: Tensor;
  /** Offsets. */
  readonly offsets: Tensor;
}

/** Ranges of a layer's cached keys and values. */
export interface PastRanges {
  /** Of keys. */
  readonly keys: ChannelRange;
  /** Of values. */
  readonly values: ChannelRange;
}

/** Keys and values of blocks in one range, and what brings queries to it and outputs back. */
export interface RangedBlocks {
  /** By block. */
  readonly blocks: readonly LayerCache[];
  /** Queries `[batch, heads, time, size]` for those keys. */
  readonly queries: Tensor;
  /** What was attended to, of the same shape, as it is. */
  readonly outputOf: (mixed: Tensor) => Tensor;
}

/** Floats as the numbers of a range that stand for them. */
const inside = (x: Tensor, { scales, offsets }: ChannelRange): Tensor =>
  divide(subtract(x, offsets), scales);

/** A tensor of heads `[batch, heads, time, size]`, changed by group: `[batch, groups, rows, size]`. */
function byGroup(x: Tensor, groups: Dimension, change: (grouped: Tensor) => Tensor): Tensor {
  const [batch, heads, time, size] = x.shape;
  const rows = productOf((heads as number) / (groups as number), time!);
  return reshape(change(reshape(x, [batch!, groups, rows, size!])), x.shape);
}

/**
 * Attends to cached numbers `q` of ranges without making floats of them, which would take longer than a
 * short query's whole attention. With scales `s` and offsets `o` by channel, keys `k = s q + o` give
 * scores `a . k = (a s) . q + a . o`, whose last term is the same for all tokens and falls out of the
 * softmax; values `v = s q + o` give `p v = s (p q) + o`, since probabilities sum to 1. Floats of other
 * blocks join them as `(x - o) / s`.
 *
 * @param queries - `[batch, heads, time, size]`
 * @param blocks - keys and values, of one block at most in ranges
 * @throws {@link InputError} if several blocks have ranges
 */
export function rangedBlocks(queries: Tensor, blocks: readonly PastLayer[]): RangedBlocks {
  const [ranged, ...others] = blocks.filter(({ ranges }) => ranges);
  if (!ranged) return { blocks, queries, outputOf: (mixed) => mixed };
  if (others.length > 0) {
    const found = `${1 + others.length}`;
    throw new InputError({ where: 'cached blocks', expected: 'one at most in ranges', found });
  }
  const { keys, values } = ranged.ranges!;
  const groups = keys.scales.shape[1]!;
  return {
    blocks: blocks.map((block) =>
      block === ranged
        ? block
        : { keys: inside(block.keys, keys), values: inside(block.values, values) },
    ),
    queries: byGroup(queries, groups, (x) => multiply(x, keys.scales)),
    outputOf: (mixed) =>
      byGroup(mixed, groups, (x) => add(multiply(x, values.scales), values.offsets)),
  };
}
