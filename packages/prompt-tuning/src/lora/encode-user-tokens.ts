import type { Engine } from '@q-anchor/backend';
import { createUserEncoder } from '@q-anchor/dual-tower';

import type { EncodePrefixesOptions } from '../prefixes/encode-prefixes.js';
import { createUserTokenStore, type UserTokenStore } from './user-token-store.js';

/**
 * Reads users once and keeps the tokens of their prefixes: what the frozen user encoder makes of them.
 * The decoder has not read them, since its adapters change with every step.
 *
 * @param engine - where to run
 * @param options - model and users, `maxBytes` of tokens (default 4 GiB)
 * @returns users in the order in which they came
 * @throws {@link @q-anchor/core#InputError} if tokens take more memory than allowed, or a prefix is
 * longer than the decoder's positions
 */
export async function encodeUserTokens(
  engine: Engine,
  options: EncodePrefixesOptions,
): Promise<UserTokenStore> {
  const { model, profiles, batchUsers = 64, maxBytes = 4 * 2 ** 30, signal } = options;
  const store = createUserTokenStore(model.config.decoder.width, { maxBytes });
  await using encoder = await createUserEncoder(engine, model);
  for await (const some of profiles) {
    for (let start = 0; start < some.length; start += batchUsers) {
      signal?.throwIfAborted();
      store.add(await encoder.tokens(some.slice(start, start + batchUsers)));
      options.onProgress?.(store.users);
    }
  }
  return store;
}
