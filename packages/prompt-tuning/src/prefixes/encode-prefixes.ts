import type { Engine } from '@q-anchor/backend';
import { eventCount, type UserProfile } from '@q-anchor/core';
import { createEmbedder, type ServedModel } from '@q-anchor/dual-tower';

import { createPrefixStore, type PrefixStore } from './prefix-store.js';

/** What {@link encodePrefixes} is given. */
export interface EncodePrefixesOptions {
  /** The model. */
  readonly model: ServedModel;
  /** The users, some at a time. */
  readonly profiles: AsyncIterable<readonly UserProfile[]> | Iterable<readonly UserProfile[]>;
  /** Users a run. Default 64. */
  readonly batchUsers?: number;
  /** Users that come before them, whose store is added to. Default none. */
  readonly into?: PrefixStore;
  /** Bytes of keys and values of a new store at most. Default 4 GiB. */
  readonly maxBytes?: number;
  /** Called with the number of users in the store. */
  readonly onProgress?: (done: number) => void;
  /** Stops after the run in progress. */
  readonly signal?: AbortSignal;
}

/**
 * Reads users once and keeps the keys and values of their prefixes. No prompt and no query has a
 * part in them: they serve every step of tuning, and every scenario.
 *
 * @param engine - where to run
 * @param options - model and users
 * @returns all users in the order in which they came
 * @throws {@link @q-anchor/core#InputError} if keys and values take more memory than allowed, or a
 * prefix is longer than the decoder's positions
 */
export async function encodePrefixes(
  engine: Engine,
  options: EncodePrefixesOptions,
): Promise<PrefixStore> {
  const { model, profiles, batchUsers = 64, maxBytes = 4 * 2 ** 30, signal } = options;
  const store = options.into ?? createPrefixStore(model.config.decoder, { maxBytes });
  await using embedder = await createEmbedder(engine, model);
  // Places in the store by the order in which users came.
  const places = Array.from({ length: store.users }, (_, place) => place);
  for await (const some of profiles) {
    const first = places.length;
    // Users of like length share a run, so that little is padding.
    const order = [...some.keys()].toSorted((a, b) => eventCount(some[a]!) - eventCount(some[b]!));
    for (let start = 0; start < order.length; start += batchUsers) {
      signal?.throwIfAborted();
      const chosen = order.slice(start, start + batchUsers);
      for (const [i, user] of chosen.entries()) places[first + user] = store.users + i;
      store.add(await embedder.encode(chosen.map((user) => some[user]!)));
      options.onProgress?.(store.users);
    }
  }
  return store.of(places);
}
