import type { ChannelRange, DecoderConfig, PastLayer, PastTokens } from '@q-anchor/backbone';
import {
  arrayOf,
  cast,
  type DType,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import type { StoragePrecision } from './stored-prefix.js';

/** Segments and positions of tokens, each `int64 [batch, tokens]`. */
export interface LayoutContent {
  /** 0 for the prefix, 1, 2, ... for what stands behind it, -1 for padding. */
  readonly segments: TensorData;
  /** Positions, what stands behind the prefix going on where it ends. */
  readonly positions: TensorData;
}

/** Scales and offsets of a layer's integers by channel, each `[batch, groups, 1, size]`. */
interface RangesContent {
  /** Scales of keys and of values. */
  readonly scales: { readonly keys: TensorData; readonly values: TensorData };
  /** Offsets of keys and of values. */
  readonly offsets: { readonly keys: TensorData; readonly values: TensorData };
}

/** Keys and values of each layer, rotated, each `[batch, groups, tokens, size]`. */
export type LayersContent = readonly {
  /** Floats, half floats or integers. */
  readonly keys: TensorData;
  /** Floats, half floats or integers. */
  readonly values: TensorData;
  /** Scales and offsets, of integers. */
  readonly ranges?: RangesContent;
}[];

/** Keys and values of tokens that were read before, as tensors to feed. */
export interface PastContent {
  /** Segments and positions. */
  readonly layout: LayoutContent;
  /** Keys and values of each layer. */
  readonly layers: LayersContent;
}

/** The element type of keys and values in a precision. */
export const storedType: Readonly<Record<StoragePrecision, DType>> = {
  f32: 'float32',
  f16: 'float16',
  int8: 'uint8',
};

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

const kinds = ['keys', 'values'] as const;
type Kind = (typeof kinds)[number];
const scalesOf = (name: string): string => `${name}.scales`;
const offsetsOf = (name: string): string => `${name}.offsets`;

/**
 * Declares a block of cached tokens; how many there are is the symbol of its name. Half floats and
 * integers become floats in the graph, integers with the ranges that the decoder reads them by.
 *
 * @param graph - the graph
 * @param options - the block's name, the decoder's shape, how keys and values are fed; f32 by default
 */
export function pastInputs(
  graph: Graph,
  options: {
    readonly block: string;
    readonly decoder: DecoderConfig;
    readonly storage?: StoragePrecision;
  },
): PastTokens {
  const { block, decoder, storage = 'f32' } = options;
  const { layers, keyValueHeads, headSize } = decoder;
  const names = pastNames(block);
  const cached = (kind: Kind, layer: number): Tensor => {
    const shape = ['batch', keyValueHeads, block, headSize];
    return cast(graph.input(names[kind](layer), shape, storedType[storage]), 'float32');
  };
  const range = (kind: Kind, layer: number): ChannelRange => {
    const shape = ['batch', keyValueHeads, 1, headSize];
    const name = names[kind](layer);
    const scales = graph.input(scalesOf(name), shape);
    return { scales, offsets: graph.input(offsetsOf(name), shape) };
  };
  const layerOf = (layer: number): PastLayer => {
    const content = { keys: cached('keys', layer), values: cached('values', layer) };
    if (storage !== 'int8') return content;
    return { ...content, ranges: { keys: range('keys', layer), values: range('values', layer) } };
  };
  return {
    layout: {
      segments: graph.input(names.segments, ['batch', block], 'int64'),
      positions: graph.input(names.positions, ['batch', block], 'int64'),
    },
    layers: Array.from({ length: layers }, (_, layer) => layerOf(layer)),
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
  for (const [layer, content] of layers.entries()) {
    for (const kind of kinds) {
      const name = names[kind](layer);
      feeds[name] = content[kind];
      if (!content.ranges) continue;
      feeds[scalesOf(name)] = content.ranges.scales[kind];
      feeds[offsetsOf(name)] = content.ranges.offsets[kind];
    }
  }
  return feeds;
}

/** No tokens, `int64 [batch, 0]`. */
export const noTokens = (batch: number): TensorData => ({
  dtype: 'int64',
  shape: [batch, 0],
  data: new BigInt64Array(),
});

/**
 * A past of no tokens.
 *
 * @param decoder - the decoder's shape
 * @param batch - rows
 * @param storage - how keys and values would be fed; f32 by default
 */
export function noPast(
  decoder: DecoderConfig,
  batch: number,
  { storage = 'f32' }: { readonly storage?: StoragePrecision } = {},
): PastContent {
  const { layers, keyValueHeads, headSize } = decoder;
  const dtype = storedType[storage];
  const empty: TensorData = {
    dtype,
    shape: [batch, keyValueHeads, 0, headSize],
    data: arrayOf(dtype, 0),
  };
  /** Ranges in which every number stands for itself. */
  const filled = (value: number): TensorData => ({
    dtype: 'float32',
    shape: [batch, keyValueHeads, 1, headSize],
    data: new Float32Array(batch * keyValueHeads * headSize).fill(value),
  });
  const pair = (value: number) => ({ keys: filled(value), values: filled(value) });
  const layer = {
    keys: empty,
    values: empty,
    ...(storage === 'int8' && { ranges: { scales: pair(1), offsets: pair(0) } }),
  };
  return {
    layout: { segments: noTokens(batch), positions: noTokens(batch) },
    layers: Array.from({ length: layers }, () => layer),
  };
}
