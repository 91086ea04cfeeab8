import type { TensorData } from '@q-anchor/graph';
import type { PrefixToken } from '@q-anchor/user-tokens';

/** What a token stands for that `<|user_emb|>` or a soft prompt may attend to. */
export type SeenToken =
  | PrefixToken
  /** A soft prompt, a token of the query's text, or `<|user_emb|>` itself. */
  | { readonly kind: 'prompt' | 'query' | 'userEmbedding' };

/** What is asked behind a user's prefix. */
export interface AskedQuery {
  /** The query's text; an empty one asks nothing. */
  readonly query: string;
  /** Soft prompts before it, float32 `[prompts, D]`. None by default. */
  readonly prompts?: TensorData;
}

/** Attention of a user's sequence for one query: who looks at whom, mean over heads. */
export interface QueryAttention {
  /** The sequence: prefix, soft prompts, query, `<|user_emb|>`. */
  readonly tokens: readonly SeenToken[];
  /** Of each layer, from `<|user_emb|>` to each token; each layer's sum is 1. */
  readonly fromUserEmbedding: readonly Float32Array[];
  /** For each soft prompt the same; a token after it gets 0. Empty without prompts. */
  readonly fromPrompts: ReadonlyArray<readonly Float32Array[]>;
}
