import { ShapeError } from '@q-anchor/core';
import {
  add,
  attention,
  gather,
  gelu,
  greater,
  layerNorm,
  reshape,
  slice,
  transpose,
  where,
  type FloatDType,
  type Tensor,
} from '@q-anchor/graph';

import type { ParameterLookup } from '../decoder/parameters.js';
import type { LoraConfig } from '../lora/config.js';
import { weightRows } from '../decoder/weight-linear.js';
import { loraLinears } from '../lora/lora-linear.js';
import type { BertConfig } from './config.js';
import { bertNorms, bertProjections, bertTables } from './parameters.js';

/** What {@link bertEncoder} reads. */
export interface BertInput {
  /** The encoder's shape. */
  readonly config: BertConfig;
  /** Token ids of each text, `int64 [texts, time]`; at padding any id of the vocabulary. */
  readonly tokens: Tensor;
  /** 1 at tokens, 0 at padding, `int64 [texts, time]`. */
  readonly mask: Tensor;
  /** Token types, `int64 [texts, time]`. Default 0 everywhere: single texts, no pairs. */
  readonly tokenTypes?: Tensor;
  /** Low-rank adapters on projections; their parameters come from `parameters`. */
  readonly lora?: LoraConfig;
  /** `int64 []`, another one each step: the adapters' dropout in training. None by default. */
  readonly dropoutSeed?: Tensor;
}

/** Added to the scores of padding; finite, so that a text of padding alone stays finite. */
const hidden = -1e9;

/**
 * A BERT encoder as graph (Devlin et al. 2019): learned positions, layers of attention to both
 * sides and exact GELU, a norm after each residual sum.
 *
 * Tokens do not see padding: a text has the hidden states it has alone. A text of `time` tokens
 * takes the first `time` rows of the position table; `time` must not exceed `maxPositions`.
 *
 * @param parameters - by Hugging Face name, see {@link bertParameters}
 * @param input - the encoder's shape, tokens, mask, adapters
 * @returns the last layer's hidden states, `[texts, time, width]`; at padding they mean nothing
 * @throws {@link @q-anchor/core#ShapeError} if mask or token types differ from the tokens in shape,
 * or there are more tokens than positions
 */
export function bertEncoder(parameters: ParameterLookup, input: BertInput): Tensor {
  const { config, lora, dropoutSeed } = input;
  const norm = (name: string, h: Tensor): Tensor =>
    layerNorm(h, {
      weight: parameters(`${name}.weight`),
      bias: parameters(`${name}.bias`),
      epsilon: config.normEpsilon,
    });

  let x = norm(bertNorms.embeddings, embedded(parameters, input));
  const mask = paddingMask(input.mask, x.dtype as FloatDType);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = (name: string): string => `encoder.layer.${layer}.${name}`;
    const projected = (names: readonly string[], h: Tensor): readonly Tensor[] =>
      loraLinears(parameters, { names: names.map(at), x: h, bias: true, lora, dropoutSeed });
    const project = (name: string, h: Tensor): Tensor => projected([name], h)[0]!;
    const byHead = (h: Tensor): Tensor => {
      const size = config.width / config.heads;
      return transpose(reshape(h, [h.shape[0]!, h.shape[1]!, config.heads, size]), [0, 2, 1, 3]);
    };
    const { query, key, value } = bertProjections;
    const [queries, keys, values] = projected([query, key, value], x).map(byHead) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const { output } = attention(queries, [{ keys, values, mask }]);
    const joined = reshape(transpose(output, [0, 2, 1, 3]), x.shape);
    x = norm(at(bertNorms.attention), add(x, project(bertProjections.attended, joined)));
    const inner = gelu(project(bertProjections.up, x));
    x = norm(at(bertNorms.output), add(x, project(bertProjections.down, inner)));
  }
  return x;
}

/** Sum of word, position and token type embeddings, `[texts, time, width]`. */
function embedded(parameters: ParameterLookup, input: BertInput): Tensor {
  const { tokens, mask, tokenTypes, config } = input;
  for (const other of [mask, ...(tokenTypes ? [tokenTypes] : [])]) {
    if (tokens.shape.length !== 2 || other.shape.join() !== tokens.shape.join()) {
      throw new ShapeError(
        'bertEncoder',
        tokens.shape.length === 2 ? tokens.shape : ['texts', 'time'],
        other.shape,
      );
    }
  }
  const time = tokens.shape[1]!;
  if (typeof time === 'number' && time > config.maxPositions) {
    throw new ShapeError('bertEncoder', ['texts', `at most ${config.maxPositions}`], tokens.shape);
  }
  const words = weightRows(parameters, { name: bertTables.words, indices: tokens });
  const types = parameters(bertTables.tokenTypes);
  // Row 0 where nothing else is said, which broadcasts.
  const type = tokenTypes ? gather(types, tokenTypes) : slice(types, { axis: 0, end: 1 });
  const position = slice(parameters(bertTables.positions), { axis: 0, end: time });
  return add(add(words, type), position);
}

/** `0` where a key is a token, else very negative, `[texts, 1, 1, time]`. */
function paddingMask(mask: Tensor, dtype: FloatDType): Tensor {
  const zero = mask.graph.constant(0, dtype);
  const isToken = reshape(greater(mask, 0), [mask.shape[0]!, 1, 1, mask.shape[1]!]);
  return where(isToken, [zero, add(zero, hidden)]);
}
