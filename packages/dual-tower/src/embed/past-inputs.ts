import type { DecoderConfig, LayerCache, PastTokens } from '@q-anchor/backbone';
import type { Graph, TensorData } from '@q-anchor/graph';

/** Segments and positions of tokens, each `int64 [batch, tokens]`. */
export interface LayoutContent {
  /** 0 for the prefix, 1, 2, ... for what stands behind it, -1 for padding. */
  readonly segments: TensorData;
  /** Positions, what stands behind the prefix going on where it ends. */
  readonly positions: TensorData;
}

/** Keys and values of each layer, rotated, each `[batch, groups, tokens, size]`. */
export type LayersContent = readonly { readonly keys: TensorData; readonly values: TensorData }[];

/** Keys and values of tokens that were read before, as tensors to feed. */
export interface PastContent {
  /** Segments and positions. */
  readonly layout: LayoutContent;
  /** Keys and values of each layer. */
  readonly layers: LayersContent;
}

/** Names of the graph inputs that carry a block of cached tokens, the prefix for one. */
export const pastNames = (
  block: string,
): {
  readonly segments: string;
  readonly positions: string;
  readonly keys: (layer: number) => string;
  readonly values: (layer: number) => string;
} => ({
  segments: `${block}.segments`,
  positions: `${block}.positions`,
  keys: (layer) => `${block}.${layer}.keys`,
  values: (layer) => `${block}.${layer}.values`,
});

/** Declares a block of cached tokens; how many there are is the symbol of its name. */
export function pastInputs(
  graph: Graph,
  { block, decoder }: { readonly block: string; readonly decoder: DecoderConfig },
): PastTokens {
  const { layers, keyValueHeads, headSize } = decoder;
  const names = pastNames(block);
  const shape = ['batch', keyValueHeads, block, headSize];
  return {
    layout: {
      segments: graph.input(names.segments, ['batch', block], 'int64'),
      positions: graph.input(names.positions, ['batch', block], 'int64'),
    },
    layers: Array.from({ length: layers }, (_, layer): LayerCache => ({
      keys: graph.input(names.keys(layer), shape),
      values: graph.input(names.values(layer), shape),
    })),
  };
}

/** Feeds of the inputs that {@link pastInputs} declares; nothing is copied. */
export function pastFeeds(
  block: string,
  { layout, layers }: PastContent,
): Record<string, TensorData> {
  const names = pastNames(block);
  const feeds: Record<string, TensorData> = {
    [names.segments]: layout.segments,
    [names.positions]: layout.positions,
  };
  for (const [layer, { keys, values }] of layers.entries()) {
    feeds[names.keys(layer)] = keys;
    feeds[names.values(layer)] = values;
  }
  return feeds;
}

/** No tokens, `int64 [batch, 0]`. */
export const noTokens = (batch: number): TensorData => ({
  dtype: 'int64',
  shape: [batch, 0],
  data: new BigInt64Array(),
});

/** A past of no tokens. */
export function noPast(decoder: DecoderConfig, batch: number): PastContent {
  const { layers, keyValueHeads, headSize } = decoder;
  const empty: TensorData = {
    dtype: 'float32',
    shape: [batch, keyValueHeads, 0, headSize],
    data: new Float32Array(),
  };
  return {
    layout: { segments: noTokens(batch), positions: noTokens(batch) },
    layers: Array.from({ length: layers }, () => ({ keys: empty, values: empty })),
  };
}
