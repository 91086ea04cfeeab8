import type { CheckpointRequest } from './arguments.js';
import type { TokenizerSet } from './tokenizer/tokenizer-set.js';

const torchTypes = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

/** The content of `config.json`, with the keys that published models of the architecture have. */
export function configJson(
  request: CheckpointRequest,
  ids: TokenizerSet['ids'],
): Record<string, unknown> {
  const { architecture, sizes, isTied, storage } = request;
  const shared = {
    model_type: architecture,
    vocab_size: sizes.vocabulary,
    hidden_size: sizes.width,
    num_hidden_layers: sizes.layers,
    num_attention_heads: sizes.heads,
    intermediate_size: sizes.feedForward,
    max_position_embeddings: sizes.maxPositions,
    initializer_range: 0.02,
    torch_dtype: torchTypes[storage],
    use_cache: true,
  };
  if (architecture === 'bert') {
    return {
      architectures: ['BertModel'],
      ...shared,
      attention_probs_dropout_prob: 0.1,
      hidden_act: 'gelu',
      hidden_dropout_prob: 0.1,
      layer_norm_eps: 1e-12,
      pad_token_id: ids.padId,
      position_embedding_type: 'absolute',
      type_vocab_size: 2,
    };
  }
  return {
    architectures: [architecture === 'qwen2' ? 'Qwen2ForCausalLM' : 'Qwen3ForCausalLM'],
    ...shared,
    attention_dropout: 0,
    bos_token_id: ids.padId,
    eos_token_id: ids.eosId,
    hidden_act: 'silu',
    head_dim: sizes.headSize,
    max_window_layers: sizes.layers,
    num_key_value_heads: sizes.kvHeads,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    sliding_window: null,
    tie_word_embeddings: isTied,
    use_sliding_window: false,
    ...(architecture === 'qwen3' && { attention_bias: false, rope_scaling: null }),
  };
}

/** The content of `generation_config.json` of a decoder. */
export const generationJson = ({ padId, eosId }: TokenizerSet['ids']): Record<string, unknown> => ({
  bos_token_id: padId,
  pad_token_id: padId,
  do_sample: true,
  eos_token_id: [eosId, padId],
  repetition_penalty: 1.1,
  temperature: 0.7,
  top_p: 0.8,
  top_k: 20,
});
