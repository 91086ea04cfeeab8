import { createRandom } from '@q-anchor/core';
import {
  storedPrefix,
  type SinglePrefix,
  type StoragePrecision,
  type StoredPrefix,
} from '@q-anchor/dual-tower';
import type { DatedPrefix, PrefixPlace, PrefixTier } from '@q-anchor/kv-serving';

const decoder = { layers: 2, keyValueHeads: 2, headSize: 4 };

/** A prefix of some tokens; another seed, other numbers. */
export function drawnPrefix(
  length: number,
  options: { readonly storage?: StoragePrecision; readonly seed?: number } = {},
): StoredPrefix {
  const { storage = 'f32', seed = 1 } = options;
  const random = createRandom(seed);
  const single: SinglePrefix = {
    length,
    segments: new BigInt64Array(length),
    positions: BigInt64Array.from({ length }, (_, i) => BigInt(i)),
    content: Float32Array.from({ length: 32 * length }, () => random.normal()),
  };
  return storedPrefix(single, { storage, decoder });
}

export const kept = (prefix: StoredPrefix, storedDays = 7): DatedPrefix => ({ prefix, storedDays });
export const placeOf = (key: string, userId = key): PrefixPlace => ({ key, userId });

/** Whether a tier has each key. */
export async function has(tier: PrefixTier, ...keys: readonly string[]): Promise<boolean[]> {
  const found = await tier.get(
    keys.map((key) => placeOf(key)),
    { isFresh: () => true },
  );
  return found.map((one) => one !== undefined);
}

/** The prefix of a place, as a tier has it. */
export const prefixIn = async (tier: PrefixTier, place: PrefixPlace) =>
  (await tier.get([place], { isFresh: () => true }))[0];
