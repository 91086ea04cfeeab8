import type { DecoderConfig, LayerCache, PastTokens } from '@q-anchor/backbone';
import {
  add,
  arrayOf,
  cast,
  multiply,
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

/** Scales and offsets of a layer's integers, of keys `[batch, groups, 1, size]`, of values `[batch, groups, tokens, 1]`. */
export interface RangesContent {
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
const scalesOf = (name: string): string => `${name}.scales`;
const offsetsOf = (name: string): string => `${name}.offsets`;

/**
 * Declares a block of cached tokens; how many there are is the symbol of its name. In half floats or
 * integers they become floats in the graph.
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
  const cached = (kind: (typeof kinds)[number], layer: number): Tensor => {
    const name = names[kind](layer);
    const shape = ['batch', keyValueHeads, block, headSize];
    const stored = cast(graph.input(name, shape, storedType[storage]), 'float32');
    if (storage !== 'int8') return stored;
    const range = ['batch', keyValueHeads, ...(kind === 'keys' ? [1, headSize] : [block, 1])];
    const scaled = multiply(stored, graph.input(scalesOf(name), range));
    return add(scaled, graph.input(offsetsOf(name), range));
  };
  return {
    layout: {
      segments: graph.input(names.segments, ['batch', block], 'int64'),
      positions: graph.input(names.positions, ['batch', block], 'int64'),
    },
    layers: Array.from({ length: layers }, (_, layer): LayerCache => ({
      keys: cached('keys', layer),
      values: cached('values', layer),
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
  const zeros = (type: DType, ...shape: readonly number[]): TensorData => ({
    dtype: type,
    shape: [batch, keyValueHeads, ...shape],
    data: arrayOf(type, batch * keyValueHeads * shape.reduce((a, b) => a * b, 1)),
  });
  const empty = zeros(dtype, 0, headSize);
  const pair = { keys: zeros('float32', 1, headSize), values: zeros('float32', 0, 1) };
  const layer = {
    keys: empty,
    values: empty,
    ...(storage === 'int8' && { ranges: { scales: pair, offsets: pair } }),
  };
  return {
    layout: { segments: noTokens(batch), positions: noTokens(batch) },
    layers: Array.from({ length: layers }, () => layer),
  };
}
