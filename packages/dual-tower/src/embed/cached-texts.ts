import type { UserProfile } from '@q-anchor/core';
import { keptEvents, type EventEmbeddingCache, type UserTokensConfig } from '@q-anchor/user-tokens';

/**
 * The text embeddings of a batch of users from a cache, as collation looks them up.
 *
 * @param profiles - the users
 * @param options - the user encoder's configuration and the cache
 */
export async function cachedTexts(
  profiles: readonly UserProfile[],
  options: { readonly config: UserTokensConfig; readonly cache: EventEmbeddingCache },
): Promise<(text: string, modality: string) => Float32Array> {
  const { config, cache } = options;
  // What is cached depends on the cap of tokens: modalities of one cap share their texts.
  const textsByCap = new Map<number, Set<string>>();
  const kept = profiles.map((profile) => keptEvents(profile, config));
  for (const [m, { maxTokens }] of config.modalities.entries()) {
    const texts = textsByCap.get(maxTokens) ?? new Set();
    textsByCap.set(maxTokens, texts);
    for (const modalities of kept) for (const { text } of modalities[m]!) texts.add(text);
  }
  const lookups = new Map<number, (text: string) => Float32Array>();
  for (const [maxTokens, texts] of textsByCap) {
    lookups.set(maxTokens, await cache.embed(texts, maxTokens));
  }
  const caps = new Map(config.modalities.map(({ name, maxTokens }) => [name, maxTokens]));
  return (text, modality) => lookups.get(caps.get(modality)!)!(text);
}
