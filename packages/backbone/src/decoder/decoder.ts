import {
  add,
  attention,
  reshape,
  rmsNorm,
  rotary,
  segmentMask,
  swiglu,
  transpose,
  type FloatDType,
  type RotaryTable,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';

import type { LoraConfig } from '../lora/config.js';
import { loraLinear } from '../lora/lora-linear.js';
import { withAddedTokens } from './added-tokens.js';
import type { DecoderConfig } from './config.js';
import type { ParameterLookup } from './parameters.js';
import { rotaryTable } from './rotary-table.js';
import { weightLinear, weightRows } from './weight-linear.js';

/** Keys and values of one layer, after rotation: each `[batch, groups, tokens, size]`. */
export interface LayerCache {
  /** Rotated keys. */
  readonly keys: Tensor;
  /** Values. */
  readonly values: Tensor;
}

/** Tokens that were read before: where they belong, and their keys and values by layer. */
export interface PastTokens {
  /** Segments and positions. */
  readonly layout: TokenLayout;
  /** Keys and values of each layer. */
  readonly layers: readonly LayerCache[];
}

/** What {@link decoder} reads. */
export interface DecoderInput {
  /** Token embeddings `[batch, time, width]`. */
  readonly embeddings: Tensor;
  /** Segments and positions of those tokens. */
  readonly layout: TokenLayout;
  /** Cached blocks, such as a prefix and what was generated behind it; none is copied. */
  readonly past?: readonly PastTokens[];
}

/** What {@link decoder} makes. */
export interface DecoderOutput {
  /** Hidden states after the last norm, `[batch, time, width]`. */
  readonly hidden: Tensor;
  /** Keys and values of the tokens read, by layer; of `embeddings` only, not of `past`. */
  readonly cache: readonly LayerCache[];
  /** Attention probabilities by layer, those of past blocks first, each `[batch, heads, time, keys]`. */
  readonly attention: readonly (readonly Tensor[])[];
}

/** How the decoder is built. */
export interface DecoderOptions {
  /** Low-rank adapters on projections; their parameters come from `parameters`. */
  readonly lora?: LoraConfig;
  /** `int64 []`, another one each step: the adapters' dropout in training. None by default. */
  readonly dropoutSeed?: Tensor;
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
    ...input
  }: DecoderInput & DecoderOptions & { readonly config: DecoderConfig },
): DecoderOutput {
  const { embeddings, layout, past = [] } = input;
  const { graph } = embeddings;
  const dtype = embeddings.dtype as FloatDType;
  const table = rotaryTable(graph, {
    positions: config.maxPositions,
    size: config.headSize,
    base: config.rotaryBase,
    dtype,
  });
  const ownMask = segmentMask(layout, layout, { dtype });
  const pastMasks = past.map((block) => segmentMask(layout, block.layout, { dtype }));
  const cache: LayerCache[] = [];
  const probabilities: (readonly Tensor[])[] = [];
  let x = embeddings;
  for (let layer = 0; layer < config.layers; layer++) {
    const at = (name: string): string => `model.layers.${layer}.${name}`;
    const project = (name: string, h: Tensor): Tensor =>
      loraLinear(parameters, {
        name: at(name),
        x: h,
        bias: hasBias(config, name),
        lora,
        dropoutSeed,
      });
    const norm = (name: string, h: Tensor): Tensor =>
      rmsNorm(h, { weight: parameters(at(`${name}.weight`)), epsilon: config.normEpsilon });

    const h = norm('input_layernorm', x);
    const { queries, own } = heads(h, { config, layout, table, project, norm });
    cache.push(own);
    const before = past.map(({ layers }, i) => ({ ...layers[layer]!, mask: pastMasks[i]! }));
    const attended = attention(queries, [...before, { ...own, mask: ownMask }]);
    probabilities.push(attended.probabilities);
    x = add(x, project('self_attn.o_proj', joined(attended.output)));

    const f = norm('post_attention_layernorm', x);
    const gated = swiglu(project('mlp.gate_proj', f), project('mlp.up_proj', f));
    x = add(x, project('mlp.down_proj', gated));
  }
  const hidden = rmsNorm(x, {
    weight: parameters('model.norm.weight'),
    epsilon: config.normEpsilon,
  });
  return { hidden, cache, attention: probabilities };
}

const hasBias = (config: DecoderConfig, name: string): boolean =>
  config.attentionBias && /\.[qkv]_proj$/.test(name);

/** Queries `[batch, heads, time, size]` and the layer's keys and values. */
function heads(
  h: Tensor,
  parts: {
    readonly config: DecoderConfig;
    readonly layout: TokenLayout;
    readonly table: RotaryTable;
    readonly project: (name: string, h: Tensor) => Tensor;
    readonly norm: (name: string, h: Tensor) => Tensor;
  },
): { readonly queries: Tensor; readonly own: LayerCache } {
  const { config, layout, table, project, norm } = parts;
  const split = (x: Tensor, count: number): Tensor =>
    reshape(x, [x.shape[0]!, x.shape[1]!, count, config.headSize]);
  const rotated = (name: 'q' | 'k', count: number): Tensor => {
    const projected = project(`self_attn.${name}_proj`, h);
    const normed =
      config.architecture === 'qwen3'
        ? reshape(norm(`self_attn.${name}_norm`, split(projected, count)), projected.shape)
        : projected;
    return rotary(normed, { positions: layout.positions, ...table });
  };
  const byHead = (x: Tensor, count: number): Tensor => transpose(split(x, count), [0, 2, 1, 3]);
  return {
    queries: byHead(rotated('q', config.heads), config.heads),
    own: {
      keys: byHead(rotated('k', config.keyValueHeads), config.keyValueHeads),
      values: byHead(project('self_attn.v_proj', h), config.keyValueHeads),
    },
  };
}

/** `[batch, heads, time, size]` as `[batch, time, heads*size]`. */
function joined(x: Tensor): Tensor {
  const [batch, count, time, size] = x.shape as readonly [
    Tensor['shape'][number],
    number,
    Tensor['shape'][number],
    number,
  ];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, time, count * size]);
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
