import {
  attention,
  concat,
  productOf,
  reshape,
  segmentMask,
  transpose,
  type FloatDType,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';

import type { DecoderConfig } from './config.js';
import { rangedBlocks, type PastRanges } from './past-ranges.js';

/** Keys and values of one layer, after rotation: each `[batch, groups, tokens, size]`. */
export interface LayerCache {
  /** Rotated keys. */
  readonly keys: Tensor;
  /** Values. */
  readonly values: Tensor;
}

/** Cached keys and values of one layer, as numbers or as numbers of ranges. */
export interface PastLayer extends LayerCache {
  /** What the numbers stand for; themselves by default. */
  readonly ranges?: PastRanges;
}

/** Tokens that were read before: where they belong, and their keys and values by layer. */
export interface PastTokens {
  /** Segments and positions. */
  readonly layout: TokenLayout;
  /** Keys and values of each layer. */
  readonly layers: readonly PastLayer[];
}

/** What one layer projects its tokens to, token by token, heads side by side: `heads*size` each. */
interface Projected {
  /** Rotated queries. */
  readonly queries: Tensor;
  /** Rotated keys, of fewer heads. */
  readonly keys: Tensor;
  /** Values, of as many heads as the keys. */
  readonly values: Tensor;
}

/** What one layer's tokens attended to. */
interface Attended {
  /** `[batch*time, heads*size]`. */
  readonly output: Tensor;
  /** The tokens' own keys and values. */
  readonly own: LayerCache;
  /** Probabilities of each block of keys. */
  readonly probabilities: readonly Tensor[];
}

/**
 * Attention of tokens to themselves and to what was read before, by layer.
 *
 * @param options - the decoder's shape, the tokens' layout, cached blocks, whether those are joined
 */
export function layerAttention(options: {
  readonly config: DecoderConfig;
  readonly layout: TokenLayout;
  readonly past: readonly PastTokens[];
  readonly joinsPast: boolean;
  readonly dtype: FloatDType;
}): (layer: number, projected: Projected) => Attended {
  const { config, layout, past, joinsPast, dtype } = options;
  const { heads, keyValueHeads, headSize } = config;
  const masks = [...past.map((block) => block.layout), layout].map((keys) =>
    segmentMask(layout, keys, { dtype }),
  );
  const joint = joinsPast ? concat(masks, -1) : undefined;
  const [batch, time] = layout.positions.shape;
  const byHead = (rows: Tensor, count: number): Tensor =>
    transpose(reshape(rows, [batch!, time!, count, headSize]), [0, 2, 1, 3]);
  return (layer, { queries, keys, values }) => {
    const own = { keys: byHead(keys, keyValueHeads), values: byHead(values, keyValueHeads) };
    const all: readonly PastLayer[] = [...past.map(({ layers }) => layers[layer]!), own];
    const ranged = rangedBlocks(byHead(queries, heads), all);
    const { blocks } = ranged;
    const joined = (kind: keyof LayerCache): Tensor =>
      concat(
        blocks.map((block) => block[kind]),
        2,
      );
    const { output: mixed, probabilities } = attention(
      ranged.queries,
      joint
        ? [{ keys: joined('keys'), values: joined('values'), mask: joint }]
        : blocks.map((block, i) => ({ ...block, mask: masks[i]! })),
    );
    const output = ranged.outputOf(mixed);
    const rows = reshape(transpose(output, [0, 2, 1, 3]), [
      productOf(batch!, time!),
      heads * headSize,
    ]);
    return { output: rows, own, probabilities };
  };
}
