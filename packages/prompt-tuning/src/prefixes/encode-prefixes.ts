import type { Engine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
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
  /** Where they are added. Default a new store. */
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
 * @returns the store, users in the order in which they came
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
  for await (const some of profiles) {
    for (let start = 0; start < some.length; start += batchUsers) {
      signal?.throwIfAborted();
      store.add(await embedder.encode(some.slice(start, start + batchUsers)));
      options.onProgress?.(store.users);
    }
  }
  return store;
}
