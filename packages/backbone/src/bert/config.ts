import { InputError, parsedBy } from '@q-anchor/core';
import { z } from 'zod';

/** A BERT encoder's shape. */
export interface BertConfig {
  /** Rows of the word embedding table. */
  readonly vocabularySize: number;
  /** Size of the hidden states. */
  readonly width: number;
  /** Number of layers. */
  readonly layers: number;
  /** Attention heads; the width is a multiple of them. */
  readonly heads: number;
  /** Inner size of the feed-forward layer. */
  readonly feedForwardSize: number;
  /** Added to the variance in the norms. */
  readonly normEpsilon: number;
  /** Rows of the position table: the longest text, special tokens counted. */
  readonly maxPositions: number;
  /** Rows of the token type table. */
  readonly tokenTypes: number;
}

const schema = z.object({
  model_type: z.literal('bert', { error: "'bert', the text encoder that is supported" }),
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  intermediate_size: z.int().positive(),
  max_position_embeddings: z.int().positive(),
  type_vocab_size: z.int().positive().default(2),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.literal('gelu', { error: "'gelu', the exact one by erf" }).default('gelu'),
  position_embedding_type: z
    .literal('absolute', { error: "'absolute', learned positions added to the embeddings" })
    .default('absolute'),
  is_decoder: z.literal(false, { error: 'false, attention to both sides' }).default(false),
});

/**
 * A BERT encoder's shape from the content of a Hugging Face `config.json`.
 *
 * @param json - the parsed file
 * @param where - its path, for errors
 * @throws {@link @q-anchor/core#InputError} naming the key that is missing or wrong (another
 * architecture, activation or kind of positions among them), or a width that the heads don't divide
 */
export function bertConfigFrom(json: unknown, where = 'config.json'): BertConfig {
  const c = parsedBy(json, { schema, where });
  if (c.hidden_size % c.num_attention_heads !== 0) {
    throw new InputError({
      where: `${where}, key 'hidden_size'`,
      expected: `a multiple of num_attention_heads (${c.num_attention_heads})`,
      found: `${c.hidden_size}`,
    });
  }
  return {
    vocabularySize: c.vocab_size,
    width: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    feedForwardSize: c.intermediate_size,
    normEpsilon: c.layer_norm_eps,
    maxPositions: c.max_position_embeddings,
    tokenTypes: c.type_vocab_size,
  };
}

/** The content of a Hugging Face `config.json` for a BERT encoder. */
export function bertConfigToJson(config: BertConfig): Record<string, unknown> {
  return {
    model_type: 'bert',
    architectures: ['BertModel'],
    vocab_size: config.vocabularySize,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.feedForwardSize,
    max_position_embeddings: config.maxPositions,
    type_vocab_size: config.tokenTypes,
    layer_norm_eps: config.normEpsilon,
    hidden_act: 'gelu',
    position_embedding_type: 'absolute',
  };
}
