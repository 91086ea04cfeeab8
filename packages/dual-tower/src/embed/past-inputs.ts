import type { DecoderConfig, PastLayer, PastTokens } from '@q-anchor/backbone';
import {
  arrayOf,
  cast,
  gather,
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

/** Keys and values of each layer, rotated, each `[batch, groups, tokens, size]`. */
export type LayersContent = readonly {
  /** Floats, half floats or integers. */
  readonly keys: TensorData;
  /** Floats, half floats or integers. */
  readonly values: TensorData;
}[];

/** Keys and values of tokens that were read before, as tensors to feed. */
export interface PastContent {
  /** Segments and positions. */
  readonly layout: LayoutContent;
  /** Keys and values of each layer. */
  readonly layers: LayersContent;
  /**
   * Of integers, scales and offsets by channel, `[4 layers, batch, groups, 1, size]`: of a layer's keys
   * the scales, then the offsets, then of its values. As one tensor, since four of each layer would take
   * longer to hand over than the numbers to read.
   */
  readonly ranges?: TensorData;
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
  readonly ranges: string;
} => ({
  segments: `${block}.segments`,
  positions: `${block}.positions`,
  keys: (layer) => `${block}.${layer}.keys`,
  values: (layer) => `${block}.${layer}.values`,
  ranges: `${block}.ranges`,
});

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
  const cached = (name: string): Tensor => {
    const shape = ['batch', keyValueHeads, block, headSize];
    return cast(graph.input(name, shape, storedType[storage]), 'float32');
  };
  const ranges =
    storage === 'int8'
      ? graph.input(names.ranges, [4 * layers, 'batch', keyValueHeads, 1, headSize])
      : undefined;
  const layerOf = (layer: number): PastLayer => {
    const content = { keys: cached(names.keys(layer)), values: cached(names.values(layer)) };
    if (!ranges) return content;
    const part = (place: number): Tensor =>
      gather(ranges, graph.constant(4 * layer + place, 'int64'));
    const keys = { scales: part(0), offsets: part(1) };
    return { ...content, ranges: { keys, values: { scales: part(2), offsets: part(3) } } };
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
  { layout, layers, ranges }: PastContent,
): Record<string, TensorData> {
  const names = pastNames(block);
  const feeds: Record<string, TensorData> = {
    [names.segments]: layout.segments,
    [names.positions]: layout.positions,
    ...(ranges && { [names.ranges]: ranges }),
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
  return {
    layout: { segments: noTokens(batch), positions: noTokens(batch) },
    layers: Array.from({ length: layers }, () => ({ keys: empty, values: empty })),
    ...(storage === 'int8' && { ranges: noRanges(decoder, batch) }),
  };
}

/** Ranges in which every number stands for itself. */
function noRanges({ layers, keyValueHeads, headSize }: DecoderConfig, batch: number): TensorData {
  const size = batch * keyValueHeads * headSize;
  const data = new Float32Array(4 * layers * size);
  for (let pair = 0; pair < 2 * layers; pair++)
    data.fill(1, 2 * pair * size, (2 * pair + 1) * size);
  return { dtype: 'float32', shape: [4 * layers, batch, keyValueHeads, 1, headSize], data };
}
