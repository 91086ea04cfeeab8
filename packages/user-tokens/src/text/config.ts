import type { BertConfig, BertPooling, LoraConfig } from '@q-anchor/backbone';

/** A table of its own, trained with the model: a text is the mean of its tokens' rows. */
export interface TokenBagConfig {
  /** Which encoder it is. */
  readonly kind: 'token-bag';
}

/** A BERT encoder: a text is its first token's hidden state, or the mean over its tokens. */
export interface BertTextConfig {
  /** Which encoder it is. */
  readonly kind: 'bert';
  /** Its shape; the event width is its width. */
  readonly bert: BertConfig;
  /** How hidden states become one vector. */
  readonly pooling: BertPooling;
  /** Adapters that training fits; without them the encoder stays as it is. */
  readonly lora?: LoraConfig;
}

/**
 * The language model's own token embeddings: a text is the mean of its tokens' rows, normalised.
 * The table is trained where the model's is; the event width is the model's width.
 */
export interface EmbeddingTableConfig {
  /** Which encoder it is. */
  readonly kind: 'embedding-table';
}

/** What turns an event's text into a vector. */
export type TextEncoderConfig = TokenBagConfig | BertTextConfig | EmbeddingTableConfig;
