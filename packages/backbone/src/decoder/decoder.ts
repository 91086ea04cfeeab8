import {
  add,
  productOf,
  reshape,
  rmsNorm,
  rotary,
  swiglu,
  type Dimension,
  type FloatDType,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';

import type { LoraConfig } from '../lora/config.js';
import { loraLinears } from '../lora/lora-linear.js';
import { withAddedTokens } from './added-tokens.js';
import type { DecoderConfig } from './config.js';
import { layerAttention, type LayerCache, type PastTokens } from './layer-attention.js';
import type { ParameterLookup } from './parameters.js';
import { rotaryTable } from './rotary-table.js';
import { weightLinear, weightRows } from './weight-linear.js';

/** What {@link decoder} reads. */
export interface DecoderInput {
  /** Token embeddings `[batch, time, width]`. */
  readonly embeddings: Tensor;
  /** Segments and positions of those tokens. */
  readonly layout: TokenLayout;
  /** Cached blocks, such as a prefix and what was generated behind it. */
  readonly past?: readonly PastTokens[];
}

/** What {@link decoder} makes. */
export interface DecoderOutput {
  /** Hidden states after the last norm, `[batch, time, width]`. */
  readonly hidden: Tensor;
  /** Keys and values of the tokens read, by layer; of `embeddings` only, not of `past`. */
  readonly cache: readonly LayerCache[];
  /**
   * Attention probabilities by layer, those of past blocks first, each `[batch, heads, time, keys]`;
   * of one block where the past is joined.
   */
  readonly attention: readonly (readonly Tensor[])[];
}

/** How the decoder is built. */
export interface DecoderOptions {
  /** Low-rank adapters on projections; their parameters come from `parameters`. */
  readonly lora?: LoraConfig;
  /** `int64 []`, another one each step: the adapters' dropout in training. None by default. */
  readonly dropoutSeed?: Tensor;
  /**
   * Whether each layer joins the cached keys and values with its own, which copies them: cheaper than
   * scores in parts where ten tokens or more are read at once, dearer for single ones. Default false.
   */
  readonly joinsPast?: boolean;
}

/**
 * A Qwen2 or Qwen3 decoder as graph: pre-norm blocks of grouped-query attention with rotary
 * positions, and SwiGLU feed-forward layers.
 *
 * @param parameters - by Hugging Face name, see {@link decoderParameters}
 * @param config - the decoder's shape
 * @param input - embeddings, layout, and cached blocks if there are any
 */
export function decoder(
  parameters: ParameterLookup,
  {
    config,
    lora,
    dropoutSeed,
    joinsPast = false,
    ...input
  }: DecoderInput & DecoderOptions & { readonly config: DecoderConfig },
): DecoderOutput {
  const { embeddings, layout, past = [] } = input;
  const dtype = embeddings.dtype as FloatDType;
  const [batch, time, width] = embeddings.shape;
  const table = rotaryTable(layout.positions, {
    size: config.headSize,
    base: config.rotaryBase,
    dtype,
  });
  const attend = layerAttention({ config, layout, past, joinsPast, dtype });
  const cache: LayerCache[] = [];
  const probabilities: (readonly Tensor[])[] = [];
  // Tokens are rows of one matrix, as products want them; only attention tells sequences apart.
  let x = reshape(embeddings, [productOf(batch!, time!), width!]);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = (name: string): string => `model.layers.${layer}.${name}`;
    const projected = (names: readonly string[], h: Tensor): readonly Tensor[] =>
      loraLinears(parameters, {
        names: names.map(at),
        x: h,
        bias: hasBias(config, names[0]!),
        lora,
        dropoutSeed,
      });
    const project = (name: string, h: Tensor): Tensor => projected([name], h)[0]!;
    const norm = (name: string, h: Tensor): Tensor =>
      rmsNorm(h, { weight: parameters(at(`${name}.weight`)), epsilon: config.normEpsilon });

    const [q, k, v] = projected(
      ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
      norm('input_layernorm', x),
    ) as [Tensor, Tensor, Tensor];
    const rotated = (name: 'q' | 'k', heads: Tensor): Tensor => {
      const rows = normedHeads(heads, { name, config, norm });
      return rotary(reshape(rows, [batch!, time!, rows.shape[1]!]), table);
    };
    const attended = attend(layer, {
      queries: rotated('q', q),
      keys: rotated('k', k),
      values: v,
    });
    cache.push(attended.own);
    probabilities.push(attended.probabilities);
    x = add(x, project('self_attn.o_proj', attended.output));

    // Not joined: what that saves, parting the wide product costs.
    const f = norm('post_attention_layernorm', x);
    const gated = swiglu(project('mlp.gate_proj', f), project('mlp.up_proj', f));
    x = add(x, project('mlp.down_proj', gated));
  }
  const hidden = rmsNorm(x, {
    weight: parameters('model.norm.weight'),
    epsilon: config.normEpsilon,
  });
  return { hidden: reshape(hidden, embeddings.shape), cache, attention: probabilities };
}

const hasBias = (config: DecoderConfig, name: string): boolean =>
  config.attentionBias && /\.[qkv]_proj$/.test(name);

/** Projected queries or keys `[tokens, heads*size]`; Qwen3 has a norm over each head. */
function normedHeads(
  projected: Tensor,
  parts: {
    readonly name: 'q' | 'k';
    readonly config: DecoderConfig;
    readonly norm: (name: string, h: Tensor) => Tensor;
  },
): Tensor {
  const { name, config, norm } = parts;
  if (config.architecture !== 'qwen3') return projected;
  const [tokens, width] = projected.shape as readonly [Dimension, number];
  const byHead = reshape(projected, [tokens, width / config.headSize, config.headSize]);
  return reshape(norm(`self_attn.${name}_norm`, byHead), projected.shape);
}

const embeddingTable = 'model.embed_tokens.weight';

const outputLayer = (config: DecoderConfig): string =>
  config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';

/**
 * Embeddings of token ids; those of added tokens are their own rows.
 *
 * @param parameters - the decoder's
 * @param ids - `int64 [...]`
 * @returns `[..., width]`
 */
export function tokenEmbeddings(parameters: ParameterLookup, ids: Tensor): Tensor {
  return withAddedTokens(parameters, {
    ids,
    embed: (indices) => weightRows(parameters, { name: embeddingTable, indices }),
  });
}

/**
 * The output layer's weight, `[vocabulary, width]`: the embedding table where they are tied.
 *
 * @param parameters - the decoder's
 * @param config - the decoder's shape
 */
export function outputWeight(parameters: ParameterLookup, config: DecoderConfig): Tensor {
  return parameters(`${outputLayer(config)}.weight`);
}

/**
 * Logits of the next token.
 *
 * @param parameters - the decoder's
 * @param options - the decoder's shape and hidden states `[..., width]`
 * @returns `[..., vocabulary]`
 */
export function nextTokenLogits(
  parameters: ParameterLookup,
  options: { readonly config: DecoderConfig; readonly hidden: Tensor },
): Tensor {
  const { config, hidden } = options;
  return weightLinear(parameters, { name: outputLayer(config), x: hidden, bias: false });
}
