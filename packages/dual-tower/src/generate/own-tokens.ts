import type { DecoderConfig } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

import type { PastContent } from '../embed/past-inputs.js';

/** Keys and values of the tokens of one sequence that were read so far, behind its prefix. */
export interface OwnTokens {
  /** The position of the next token. */
  readonly nextPosition: number;
  /** All of them, padded to the room there is; to feed at once, since the next tokens change it. */
  readonly content: PastContent;
  /** Takes the keys and values of the next tokens. */
  append(fresh: PastContent['layers'], count: number): void;
}

/** Tokens by which the room grows: what is fed is padded by less than that. */
const chunk = 32;

/** Keys and values `[groups, room, size]` by layer, in this order. */
type Layers = readonly { readonly keys: Float32Array; readonly values: Float32Array }[];

/**
 * Room for keys and values of a growing sequence. It is allocated in chunks, so that a token costs
 * the copy of its own keys and values, and all are copied only once in a chunk.
 *
 * @param decoder - the shape
 * @param firstPosition - where the prefix ends
 */
export function createOwnTokens(decoder: DecoderConfig, firstPosition: number): OwnTokens {
  const { layers: depth, keyValueHeads: groups, headSize: size } = decoder;
  let length = 0;
  let room = 0;
  let layers: Layers = [];
  let segments = new BigInt64Array();
  let positions = new BigInt64Array();

  const grow = (needed: number): void => {
    const former = { room, layers };
    room = Math.ceil(needed / chunk) * chunk;
    const grown = (old: Float32Array | undefined): Float32Array => {
      const data = new Float32Array(groups * room * size);
      if (!old) return data;
      for (let group = 0; group < groups; group++) {
        const start = group * former.room * size;
        data.set(old.subarray(start, start + length * size), group * room * size);
      }
      return data;
    };
    layers = Array.from({ length: depth }, (_, layer) => ({
      keys: grown(former.layers[layer]?.keys),
      values: grown(former.layers[layer]?.values),
    }));
    // Segment 1 is what stands behind the prefix, -1 padding.
    segments = new BigInt64Array(room).fill(-1n).fill(1n, 0, length);
    positions = BigInt64Array.from({ length: room }, (_, i) => BigInt(firstPosition + i));
  };
  grow(1);

  const rows = (data: BigInt64Array): TensorData => ({ dtype: 'int64', shape: [1, room], data });
  const cached = (data: Float32Array): TensorData => ({
    dtype: 'float32',
    shape: [1, groups, room, size],
    data,
  });
  return {
    get nextPosition() {
      return firstPosition + length;
    },
    get content() {
      return {
        layout: { segments: rows(segments), positions: rows(positions) },
        layers: layers.map(({ keys, values }) => ({ keys: cached(keys), values: cached(values) })),
      };
    },
    append(fresh, count) {
      if (length + count > room) grow(length + count);
      for (const [layer, own] of layers.entries()) {
        for (const kind of ['keys', 'values'] as const) {
          const data = fresh[layer]![kind].data as Float32Array;
          for (let group = 0; group < groups; group++) {
            const start = group * count * size;
            const part = data.subarray(start, start + count * size);
            own[kind].set(part, (group * room + length) * size);
          }
        }
      }
      segments.fill(1n, length, length + count);
      length += count;
    },
  };
}
