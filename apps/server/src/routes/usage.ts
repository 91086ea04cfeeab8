import type { TokenUsage } from '@q-anchor/kv-serving';

/** Tokens as OpenAI's answers have them. */
export function usageOf({ prefixTokens, cachedTokens, queryTokens }: TokenUsage) {
  const tokens = prefixTokens + queryTokens;
  return {
    prompt_tokens: tokens,
    total_tokens: tokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
