import type { GivenTokens, UserTokens } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';

import { tooLargeStore } from '../prefixes/prefix-store.js';

/** Prefix tokens of many users, as the decoder gets them, each user's by itself. */
export interface UserTokenStore {
  /** How many users there are. */
  readonly users: number;
  /** Bytes of their tokens. */
  readonly bytes: number;
  /** Tokens of each user's prefix. */
  readonly lengths: readonly number[];
  /**
   * A batch of users, padded to the longest.
   *
   * @param indices - places of users in the order in which they were added, at least one
   */
  batch(indices: readonly number[]): UserTokens;
}

/** A store while it is filled. */
export interface FillingUserTokenStore extends UserTokenStore {
  /**
   * Adds users; their padding is left out.
   *
   * @throws {@link @q-anchor/core#InputError} if they take more memory than there may be
   */
  add(tokens: UserTokens): void;
}

interface StoredTokens {
  readonly segments: BigInt64Array;
  readonly positions: BigInt64Array;
  /** `[length, D]`. */
  readonly embeddings: Float32Array;
}

/**
 * An empty store.
 *
 * @param width - size D of the tokens
 * @param options - `maxBytes`: bytes of tokens at most
 */
export function createUserTokenStore(
  width: number,
  { maxBytes }: { readonly maxBytes: number },
): FillingUserTokenStore {
  const stored: StoredTokens[] = [];
  let bytes = 0;
  return {
    get users() {
      return stored.length;
    },
    get bytes() {
      return bytes;
    },
    get lengths() {
      return stored.map(({ segments }) => segments.length);
    },
    add({ embeddings, layout, prefixLengths }) {
      const longest = embeddings.shape[1]!;
      for (const [user, length] of prefixLengths.entries()) {
        const start = user * longest;
        const row = ({ data }: TensorData): BigInt64Array =>
          (data as BigInt64Array).slice(start, start + length);
        const own = (embeddings.data as Float32Array).slice(
          start * width,
          (start + length) * width,
        );
        bytes += own.byteLength;
        if (bytes > maxBytes) {
          throw tooLargeStore(stored.length + 1, { what: 'tokens', bytes, maxBytes });
        }
        stored.push({
          segments: row(layout.segments),
          positions: row(layout.positions),
          embeddings: own,
        });
      }
    },
    batch(indices) {
      const chosen = indices.map((index) => stored[index]!);
      const prefixLengths = chosen.map(({ segments }) => segments.length);
      const longest = Math.max(...prefixLengths);
      const shape = [chosen.length, longest];
      const layout = (key: 'segments' | 'positions', padding: bigint): TensorData => {
        const data = new BigInt64Array(chosen.length * longest).fill(padding);
        for (const [b, tokens] of chosen.entries()) data.set(tokens[key], b * longest);
        return { dtype: 'int64', shape, data };
      };
      const data = new Float32Array(chosen.length * longest * width);
      for (const [b, { embeddings }] of chosen.entries()) data.set(embeddings, b * longest * width);
      const given: GivenTokens = {
        embeddings: { dtype: 'float32', shape: [...shape, width], data },
        layout: { segments: layout('segments', -1n), positions: layout('positions', 0n) },
      };
      return { ...given, prefixLengths };
    },
  };
}
