import type { DecoderConfig } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

import type { PrefixCache } from './prefix-cache.js';

/** One user's encoded prefix without padding, L layers and G key-value heads of size H. */
export interface SinglePrefix {
  /** Its tokens, T. */
  readonly length: number;
  /** `[T]`. */
  readonly segments: BigInt64Array;
  /** `[T]`. */
  readonly positions: BigInt64Array;
  /** Keys, then values, of each layer: `[L, 2, G, T, H]`. */
  readonly content: Float32Array;
}

/** The decoder's sizes that keys and values depend on. */
export type KeyValueShape = Pick<DecoderConfig, 'layers' | 'keyValueHeads' | 'headSize'>;

/**
 * A batch's encoded prefixes, each by itself; padding is left out, and everything is copied.
 *
 * @param cache - the batch
 * @param decoder - the decoder's shape
 */
export function singlePrefixes(cache: PrefixCache, decoder: KeyValueShape): SinglePrefix[] {
  const { layers, keyValueHeads: groups, headSize: size } = decoder;
  const longest = cache.layout.segments.shape[1]!;
  return cache.prefixLengths.map((length, user) => {
    const content = new Float32Array(layers * 2 * groups * length * size);
    let at = 0;
    for (const { keys, values } of cache.layers) {
      for (const { data } of [keys, values]) {
        for (let g = 0; g < groups; g++) {
          const start = (user * groups + g) * longest * size;
          content.set((data as Float32Array).subarray(start, start + length * size), at);
          at += length * size;
        }
      }
    }
    const row = ({ data }: TensorData): BigInt64Array =>
      (data as BigInt64Array).slice(user * longest, user * longest + length);
    return {
      length,
      segments: row(cache.layout.segments),
      positions: row(cache.layout.positions),
      content,
    };
  });
}
