import { InputError, parsedBy } from '@q-anchor/core';
import { z } from 'zod';

/** A decoder's shape. */
export interface DecoderConfig {
  /** `qwen2` has biases on query, key and value; `qwen3` normalises query and key heads instead. */
  readonly architecture: 'qwen2' | 'qwen3';
  /** Rows of the embedding table. */
  readonly vocabularySize: number;
  /** Size of the hidden states. */
  readonly width: number;
  /** Number of layers. */
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; query heads are a multiple of them. */
  readonly keyValueHeads: number;
  /** Size of one head. */
  readonly headSize: number;
  /** Inner size of the gated feed-forward layer. */
  readonly feedForwardSize: number;
  /** Added to the mean square in the norms. */
  readonly normEpsilon: number;
  /** Base of the rotary angles. */
  readonly rotaryBase: number;
  /** Whether the output layer is the embedding table. */
  readonly tiedEmbeddings: boolean;
  /** Whether query, key and value projections have biases. */
  readonly attentionBias: boolean;
  /** Positions the rotary table holds. */
  readonly maxPositions: number;
}

const schema = z.object({
  model_type: z.enum(['qwen2', 'qwen3']),
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().optional(),
  head_dim: z.int().positive().optional(),
  intermediate_size: z.int().positive(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().optional(),
  rope_scaling: z.null({ error: 'null: plain rotary positions' }).optional(),
  // Where newer files keep the base.
  rope_parameters: z
    .object({
      rope_theta: z.number().positive(),
      rope_type: z.literal('default').default('default'),
    })
    .nullish(),
  use_sliding_window: z.literal(false).optional(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().optional(),
  max_position_embeddings: z.int().positive().default(4096),
  hidden_act: z.literal('silu').default('silu'),
});

/**
 * A decoder's shape from the content of a Hugging Face `config.json`.
 *
 * @param json - the parsed file
 * @param where - its path, for errors
 * @throws {@link InputError} naming the key that is missing or wrong, or values that do not go together
 */
export function decoderConfigFrom(json: unknown, where = 'config.json'): DecoderConfig {
  const c = parsedBy(json, { schema, where });
  const config: DecoderConfig = {
    architecture: c.model_type,
    vocabularySize: c.vocab_size,
    width: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    keyValueHeads: c.num_key_value_heads ?? c.num_attention_heads,
    headSize: c.head_dim ?? c.hidden_size / c.num_attention_heads,
    feedForwardSize: c.intermediate_size,
    normEpsilon: c.rms_norm_eps,
    rotaryBase: c.rope_parameters?.rope_theta ?? c.rope_theta ?? 10000,
    tiedEmbeddings: c.tie_word_embeddings,
    attentionBias: c.attention_bias ?? c.model_type === 'qwen2',
    maxPositions: c.max_position_embeddings,
  };
  checkTogether(config, where);
  return config;
}

function checkTogether(config: DecoderConfig, where: string): void {
  const { architecture, attentionBias, heads, keyValueHeads, headSize } = config;
  if (architecture === 'qwen3' && attentionBias) {
    throw new InputError({
      where: `${where}, key 'attention_bias'`,
      expected: 'false with qwen3',
      found: 'true',
    });
  }
  if (heads % keyValueHeads !== 0) {
    throw new InputError({
      where: `${where}, key 'num_attention_heads'`,
      expected: `a multiple of num_key_value_heads (${keyValueHeads})`,
      found: `${heads}`,
    });
  }
  if (headSize % 2 !== 0) {
    throw new InputError({
      where: `${where}, key 'head_dim'`,
      expected: 'an even number; without the key, hidden_size / num_attention_heads is taken',
      found: `${headSize}`,
    });
  }
}

/** The content of a Hugging Face `config.json` for a decoder. */
export function decoderConfigToJson(config: DecoderConfig): Record<string, unknown> {
  return {
    model_type: config.architecture,
    architectures: [config.architecture === 'qwen2' ? 'Qwen2ForCausalLM' : 'Qwen3ForCausalLM'],
    vocab_size: config.vocabularySize,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headSize,
    intermediate_size: config.feedForwardSize,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.rotaryBase,
    tie_word_embeddings: config.tiedEmbeddings,
    attention_bias: config.attentionBias,
    max_position_embeddings: config.maxPositions,
    hidden_act: 'silu',
  };
}
