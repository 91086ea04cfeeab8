import { ShapeError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import type { GivenTokens } from './given-tokens.js';

/**
 * Checks soft prompts.
 *
 * @param prompts - float32 `[prompts, D]`
 * @param width - the decoder's width D
 * @throws {@link ShapeError} if they are no rows of that width
 */
export function checkPrompts({ shape }: TensorData, width: number): void {
  if (shape.length === 2 && shape[1] === width) return;
  throw new ShapeError('soft prompts', ['prompts', width], shape);
}

/**
 * Soft prompts as tokens behind each user's prefix, in the first query's segment.
 *
 * @param prompts - float32 `[prompts, D]`
 * @param options - tokens of each user's prefix, the decoder's width D
 * @throws {@link ShapeError} if they are no rows of that width
 */
export function givenPrompts(
  prompts: TensorData,
  { prefixLengths, width }: { readonly prefixLengths: readonly number[]; readonly width: number },
): GivenTokens {
  checkPrompts(prompts, width);
  const [count] = prompts.shape;
  const batch = prefixLengths.length;
  const embeddings = new Float32Array(batch * prompts.data.length);
  const segments = new BigInt64Array(batch * count!).fill(1n);
  const positions = new BigInt64Array(batch * count!);
  for (const [b, prefixLength] of prefixLengths.entries()) {
    embeddings.set(prompts.data as Float32Array, b * prompts.data.length);
    for (let t = 0; t < count!; t++) positions[b * count! + t] = BigInt(prefixLength + t);
  }
  const shape = [batch, count!];
  return {
    embeddings: { dtype: 'float32', shape: [batch, count!, width], data: embeddings },
    layout: {
      segments: { dtype: 'int64', shape, data: segments },
      positions: { dtype: 'int64', shape, data: positions },
    },
  };
}
