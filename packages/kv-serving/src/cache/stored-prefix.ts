import { decodeFloat16, encodeFloat16 } from '@q-anchor/backbone';
import type { SinglePrefix } from '@q-anchor/dual-tower';

/** How keys and values are kept: as computed, or as half floats. */
export type StoragePrecision = 'f32' | 'f16';

/** A prefix as it is kept. */
export interface StoredPrefix extends Omit<SinglePrefix, 'content'> {
  /** `[L, 2, G, T, H]`, floats or the words of half floats. */
  readonly content: Float32Array | Uint16Array;
}

/**
 * Bytes of a kept prefix: `2 L G H T` numbers of 4 or 2 bytes, and 16 bytes a token for its segment and
 * position.
 */
export const storedBytes = ({ content, segments, positions }: StoredPrefix): number =>
  content.byteLength + segments.byteLength + positions.byteLength;

/**
 * A prefix as it is to be kept. Half floats have 11 bits: each number is off by at most 2^-11 of itself.
 *
 * @param prefix - as computed
 * @param storage - the precision
 */
export const storedPrefix = (prefix: SinglePrefix, storage: StoragePrecision): StoredPrefix =>
  storage === 'f32' ? prefix : { ...prefix, content: encodeFloat16(prefix.content) };

/** A kept prefix as the model reads it; half floats are float32 again. */
export function readablePrefix({ content, ...rest }: StoredPrefix): SinglePrefix {
  if (content instanceof Float32Array) return { ...rest, content };
  const floats = new Float32Array(content.length);
  decodeFloat16(content, floats);
  return { ...rest, content: floats };
}
