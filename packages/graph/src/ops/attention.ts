import { ShapeError } from '@q-anchor/core';

import { withGradient } from '../autodiff/with-gradient.js';
import { broadcastShape } from '../ir/broadcast.js';
import { productOf, sumOf, type Dimension } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import { add } from './add.js';
import { concat } from './concat.js';
import { matmul } from './matmul.js';
import { multiply } from './multiply.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';
import { softmax } from './softmax.js';
import { subtract } from './subtract.js';

/** Keys and values attended to, with the mask that says by whom. */
export interface AttentionBlock {
  /** `[batch, groups, keys, size]`. */
  readonly keys: Tensor;
  /** `[batch, groups, keys, size]`. */
  readonly values: Tensor;
  /**
   * Added to the scores: 0 where visible, very negative elsewhere; broadcasts to
   * `[batch, heads, queries, keys]`. The output passes no gradient to it.
   */
  readonly mask: Tensor;
}

/** What {@link attention} makes. */
export interface AttentionResult {
  /** `[batch, heads, queries, size]`. */
  readonly output: Tensor;
  /** Attention probabilities of each block, `[batch, heads, queries, keys]`. */
  readonly probabilities: readonly Tensor[];
}

/**
 * Scaled dot-product attention with grouped keys over one or several blocks of keys:
 * `softmax([q k_1^T, q k_2^T, ...] / sqrt(size) + masks) [v_1; v_2; ...]`.
 *
 * Blocks are multiplied separately and only their scores are joined, so that a cached block is
 * never copied. Query heads are folded into their key group rather than repeating keys. The
 * gradient uses `rowsum(dP * P) = rowsum(dO * O)` (Dao et al. 2022, section 3.1), which saves a
 * pass over the scores.
 *
 * @param queries - `[batch, heads, queries, size]`, heads a multiple of the blocks' groups
 * @param blocks - at least one
 * @throws {@link ShapeError} if heads are no multiple of groups, or keys, values or mask do not fit
 */
export function attention(queries: Tensor, blocks: readonly AttentionBlock[]): AttentionResult {
  const [batch, heads, time, size] = queries.shape as readonly [
    Dimension,
    number,
    Dimension,
    number,
  ];
  const groups = blocks[0]?.keys.shape[1] as number;
  if (blocks.length === 0 || heads % groups !== 0) {
    throw new ShapeError(
      'attention',
      [batch, `a multiple of ${groups}`, time, size],
      queries.shape,
    );
  }
  for (const { keys, values, mask } of blocks) {
    const expected = [batch, groups, keys.shape[2] ?? 'keys', size];
    for (const tensor of [keys, values]) {
      if (tensor.shape.join() !== expected.join()) {
        throw new ShapeError('attention keys and values', expected, tensor.shape);
      }
    }
    const scores = [batch, heads, time, keys.shape[2]!];
    const joint = broadcastShape('attention mask', [mask.shape, scores]);
    if (joint.join() !== scores.join()) {
      throw new ShapeError('attention mask', scores, mask.shape);
    }
  }
  const alpha = 1 / Math.sqrt(size);
  const foldedTime = productOf(heads / groups, time);
  const folded = reshape(queries, [batch, groups, foldedTime, size]);

  const scores = blocks.map(({ keys, mask }) => {
    const product = matmul([folded, keys], { transposeB: true, alpha });
    return add(reshape(product, [batch, heads, time, keys.shape[2]!]), mask);
  });
  const joint = softmax(concat(scores, -1));
  let start: Dimension = 0;
  const probabilities = blocks.map(({ keys }) => {
    const end = sumOf(start, keys.shape[2]!);
    const part = slice(joint, { axis: -1, start, end });
    start = end;
    return part;
  });
  const foldedProbabilities = blocks.map(({ keys }, i) =>
    reshape(probabilities[i]!, [batch, groups, foldedTime, keys.shape[2]!]),
  );
  const mixed = blocks
    .map(({ values }, i) => matmul([foldedProbabilities[i]!, values]))
    .reduce((a, b) => add(a, b));
  const output = reshape(mixed, queries.shape);

  const inputs = [queries, ...blocks.flatMap(({ keys, values }) => [keys, values])];
  withGradient(output, {
    inputs,
    vjp: (d, needed) => {
      const dOutput = reshape(d, [batch, groups, foldedTime, size]);
      const rowSums = reduceSum(multiply(dOutput, mixed), { axes: [-1], keepDimensions: true });
      const parts = blocks.map(({ keys, values }, i) => {
        const p = foldedProbabilities[i]!;
        const [needsKeys, needsValues] = [needed[1 + 2 * i], needed[2 + 2 * i]];
        const dScores = multiply(
          p,
          subtract(matmul([dOutput, values], { transposeB: true }), rowSums),
        );
        return {
          queries: needed[0] ? matmul([dScores, keys], { alpha }) : undefined,
          keys: needsKeys ? matmul([dScores, folded], { transposeA: true, alpha }) : undefined,
          values: needsValues ? matmul([p, dOutput], { transposeA: true }) : undefined,
        };
      });
      const towardsQueries = parts
        .map((part) => part.queries)
        .reduce((a, b) => (a && b ? add(a, b) : (a ?? b)));
      return [
        towardsQueries && reshape(towardsQueries, queries.shape),
        ...parts.flatMap((part) => [part.keys, part.values]),
      ];
    },
  });
  return { output, probabilities };
}
