import { InputError } from '@q-anchor/core';

import type { Golden, GoldenTensor } from './golden.js';

/**
 * Reads what an `expected.json` says of each token: numbers `[texts, time]`, as `input_ids`.
 *
 * @throws InputError if the sizes are others
 */
export function tokenRows(expected: Golden, key: string): GoldenTensor {
  const ids = expected.at('input_ids').tensor();
  const place = expected.at(key);
  const tensor = place.tensor();
  if (tensor.shape.join() === ids.shape.join() && ids.shape.length === 2) return tensor;
  throw new InputError({
    where: place.where,
    expected: `[texts, time], as input_ids [${ids.shape.join(', ')}]`,
    found: `[${tensor.shape.join(', ')}]`,
  });
}

/** States `[texts * time, width]` at the tokens that are no padding. */
export function validStates(values: readonly number[], mask: readonly number[]): readonly number[] {
  const width = values.length / mask.length;
  return mask.flatMap((isValid, row) =>
    isValid === 1 ? values.slice(row * width, (row + 1) * width) : [],
  );
}
