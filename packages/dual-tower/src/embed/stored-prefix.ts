import { decodeFloat16, encodeFloat16 } from '@q-anchor/backbone';

import { dequantisedPrefix, quantisedPrefix } from './quantised-prefix.js';
import type { KeyValueShape, SinglePrefix } from './single-prefixes.js';

/** How keys and values are kept: as computed, as half floats, or as integers of 8 bits. */
export type StoragePrecision = 'f32' | 'f16' | 'int8';

/** A prefix as it is kept. */
export interface StoredPrefix extends Omit<SinglePrefix, 'content'> {
  /** `[L, 2, G, T, H]`: floats, the words of half floats, or integers of 0 to 255. */
  readonly content: Float32Array | Uint16Array | Uint8Array;
  /**
   * Of integers `q`, scales and offsets of `x = scale q + offset` by channel, layer by layer: of keys
   * `[G, H]` scales, then offsets, then of values.
   */
  readonly ranges?: Float32Array;
}

/** In which precision a prefix is kept. */
export const storageOf = ({ content }: Pick<StoredPrefix, 'content'>): StoragePrecision =>
  content instanceof Float32Array ? 'f32' : content instanceof Uint16Array ? 'f16' : 'int8';

/**
 * Bytes of a kept prefix: `2 L G H T` numbers of 4, 2 or 1 bytes, 16 bytes a token for its segment and
 * position, and with integers `16 L G H` for their ranges.
 */
export const storedBytes = ({ content, segments, positions, ranges }: StoredPrefix): number =>
  content.byteLength + segments.byteLength + positions.byteLength + (ranges?.byteLength ?? 0);

/** The largest half float's word; the next one is infinity. */
const largestHalf = 0x7bff;

/** Half floats, what is too large for one as the largest: an infinite key would make every score NaN. */
function finiteHalves(values: Float32Array): Uint16Array {
  const words = encodeFloat16(values);
  for (let i = 0; i < words.length; i++) {
    if ((words[i]! & 0x7fff) === 0x7c00) words[i] = (words[i]! & 0x8000) | largestHalf;
  }
  return words;
}

/**
 * A prefix as it is to be kept. Half floats have 11 bits: each number is off by at most 2^-11 of itself
 * (up to 65,504, which larger ones become). Integers are off by at most 1/510 of what lies between the
 * smallest and the largest number of their channel.
 *
 * @param prefix - as computed
 * @param options - the precision, the decoder's shape
 */
export function storedPrefix(
  prefix: SinglePrefix,
  options: { readonly storage: StoragePrecision; readonly decoder: KeyValueShape },
): StoredPrefix {
  const { storage, decoder } = options;
  if (storage === 'f32') return prefix;
  if (storage === 'f16') return { ...prefix, content: finiteHalves(prefix.content) };
  return { ...prefix, ...quantisedPrefix(prefix, decoder) };
}

/**
 * A kept prefix as floats. Programs that are compiled for a precision take it as it is, and need no such
 * copy.
 *
 * @param prefix - as it is kept
 * @param decoder - the decoder's shape
 */
export function readablePrefix(prefix: StoredPrefix, decoder: KeyValueShape): SinglePrefix {
  const { length, segments, positions, content } = prefix;
  if (content instanceof Float32Array) return { length, segments, positions, content };
  const floats = new Float32Array(content.length);
  if (content instanceof Uint16Array) decodeFloat16(content, floats);
  else dequantisedPrefix({ length, content, ranges: prefix.ranges! }, { decoder, into: floats });
  return { length, segments, positions, content: floats };
}
