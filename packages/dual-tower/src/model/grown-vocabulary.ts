import { initialAddedTokens, type AddedTokens } from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import type { TensorData } from '@q-anchor/graph';

import { tokenTable } from './token-table.js';

/** Which rows a grown table has. */
interface GrownRows {
  /** Rows in all. */
  readonly vocabularySize: number;
  /** The tokens that are new. */
  readonly added: AddedTokens;
  /** Seed of their noise. */
  readonly seed: number;
}

/**
 * A decoder's weights with added tokens in its own tables, for training it whole: the tables are
 * lengthened where they end before, and the new rows start at the mean of the others and a little
 * noise. All else is what was given.
 */
export function withGrownTables(weights: Tensors, options: GrownRows): Tensors {
  const grown: Record<string, TensorData> = { ...weights };
  for (const name of [tokenTable, 'lm_head.weight']) {
    const table = weights[name];
    if (table) grown[name] = grownTable(table, options);
  }
  return grown;
}

function grownTable(
  table: TensorData,
  { added: { first, count }, vocabularySize, seed }: GrownRows,
): TensorData {
  const width = table.shape[1]!;
  const start = initialAddedTokens(table, { count, tokens: first, seed });
  const data = new Float32Array(vocabularySize * width);
  data.set(table.data as Float32Array);
  data.set(start.data as Float32Array, first * width);
  return { dtype: 'float32', shape: [vocabularySize, width], data };
}
