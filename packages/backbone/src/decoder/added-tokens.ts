import { createRandom, InputError } from '@q-anchor/core';
import {
  gather,
  greater,
  greaterOrEqual,
  logicalAnd,
  reshape,
  subtract,
  where,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import type { ParameterLookup, ParameterSpecs } from './parameters.js';

/**
 * Tokens that a model's vocabulary was grown by: consecutive ids whose rows stand apart from the
 * embedding table, so that they are trained where the table is not. Where the table has rows of
 * those ids already (tables are often padded), theirs are read instead.
 */
export interface AddedTokens {
  /** The lowest id. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
}

/** Name of the parameter that holds the rows of added tokens. */
export const addedTokensName = 'tokens.added.weight';

/**
 * The parameter that holds the rows of added tokens, `[count, width]`.
 *
 * @param added - which tokens
 * @param width - size of the hidden states
 * @throws {@link InputError} if there is none, or an id is no non-negative integer
 */
export function addedTokensParameters(added: AddedTokens, width: number): ParameterSpecs {
  const { first, count } = added;
  if (!Number.isSafeInteger(first) || first < 0 || !Number.isSafeInteger(count) || count < 1) {
    throw new InputError({
      where: 'added tokens',
      expected: 'at least one, from an id of 0 or more',
      found: `${count} from ${first}`,
    });
  }
  return { [addedTokensName]: { shape: [count, width], kind: 'embedding' } };
}

/** Deviation of a start row from the mean, in deviations of the rows there are. */
const noise = 0.1;

/**
 * Start rows of added tokens: the mean of the rows there are, and a tenth of their spread of normal
 * noise, so that no two are equal.
 *
 * @param table - the embedding table `[rows, width]`, float32
 * @param options - how many rows to make, how many of the table's belong to tokens (all by default),
 * seed
 * @returns `[count, width]`
 */
export function initialAddedTokens(
  table: TensorData,
  options: { readonly count: number; readonly tokens?: number; readonly seed: number },
): TensorData {
  const [rows, width] = table.shape as readonly [number, number];
  const { count, seed } = options;
  const tokens = Math.min(options.tokens ?? rows, rows);
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (let row = 0; row < tokens; row++) {
    for (let i = 0; i < width; i++) {
      const value = Number(table.data[row * width + i]!);
      mean[i]! += value / tokens;
      square[i]! += (value * value) / tokens;
    }
  }
  const random = createRandom(seed).fork(addedTokensName);
  const data = new Float32Array(count * width);
  for (let at = 0; at < data.length; at++) {
    const i = at % width;
    const deviation = Math.sqrt(Math.max(0, square[i]! - mean[i]! ** 2));
    data[at] = mean[i]! + noise * deviation * random.normal();
  }
  return { dtype: 'float32', shape: [count, width], data };
}

/**
 * Embeddings of ids, those of added tokens from their own rows. The table isn't copied: both are
 * looked up, each with a row of its own for the ids of the other.
 *
 * @param parameters - of a model with or without added tokens
 * @param options - ids `int64 [...]`, and the look-up in the table
 * @returns `[..., width]`
 * @throws {@link InputError} if there are rows of added tokens, and their ids are not known
 */
export function withAddedTokens(
  parameters: ParameterLookup,
  { ids, embed }: { readonly ids: Tensor; readonly embed: (ids: Tensor) => Tensor },
): Tensor {
  const { addedTokens: added } = parameters;
  if (!added) {
    if (parameters.has?.(addedTokensName) !== true) return embed(ids);
    throw new InputError({
      where: addedTokensName,
      expected: 'the ids of these rows',
      found: 'none',
      fix: 'Give parameterInputs the addedTokens',
    });
  }
  const { first, count } = added;
  const isAdded = logicalAnd(greaterOrEqual(ids, first), greater(first + count, ids));
  const known = embed(where(isAdded, [0, ids]));
  const own = gather(parameters(addedTokensName), where(isAdded, [subtract(ids, first), 0]));
  return where(reshape(isAdded, [...ids.shape, 1]), [own, known]);
}
