import {
  arange,
  arrayFrom,
  cast,
  cosine,
  multiply,
  productOf,
  reshape,
  sine,
  type FloatDType,
  type RotaryTable,
  type Tensor,
} from '@q-anchor/graph';

/** A table with a row for each token, and the tokens' rows. */
export interface TokenRotations extends RotaryTable {
  /** `int64 [batch, time]`: 0, 1, 2, ... */
  readonly positions: Tensor;
}

/**
 * Cosines and sines of the rotary angles `position * base^(-2i/size)` of some tokens, as
 * {@link @q-anchor/graph#rotary} reads them. They are computed at each run: a table of all positions
 * that a decoder may have is megabytes, in several copies while it loads.
 *
 * In float32 angles are rounded where PyTorch rounds them, so that checkpoints give the same hidden
 * states.
 *
 * @param positions - `int64 [batch, time]`
 * @param options - head `size`, `base` of the angles, element type
 * @returns two tables `[batch*time, size/2]`, and which row belongs to which token
 */
export function rotaryTable(
  positions: Tensor,
  options: { readonly size: number; readonly base: number; readonly dtype?: FloatDType },
): TokenRotations {
  const { size, base, dtype = 'float32' } = options;
  const { graph, shape } = positions;
  const rounded = dtype === 'float32' ? Math.fround : (value: number): number => value;
  const half = size / 2;
  const frequencies = Array.from({ length: half }, (_, i) =>
    rounded(1 / rounded(base ** rounded((2 * i) / size))),
  );
  const tokens = productOf(...shape);
  const angles = multiply(
    reshape(cast(positions, dtype), [tokens, 1]),
    graph.constant({ dtype, shape: [1, half], data: arrayFrom(dtype, frequencies) }),
  );
  return {
    positions: reshape(arange(graph, tokens), shape),
    cosines: cosine(angles),
    sines: sine(angles),
  };
}
