import {
  add,
  arange,
  cast,
  concat,
  equal,
  greater,
  logicalOr,
  logSumExp,
  matmul,
  maximum,
  multiply,
  reduceMean,
  reduceSum,
  reshape,
  stopGradient,
  subtract,
  where,
  type Tensor,
} from '@q-anchor/graph';

import type { ContrastiveConfig } from '../model/config.js';
import { normalised } from './normalised.js';
import { softplus } from './softplus.js';

/** Added to the logits of what is no negative. */
const excluded = -1e9;

/** What {@link contrastiveLoss} is given. */
export interface ContrastiveInput {
  /** Anchor tower `[pairs, n]`, not normalised. */
  readonly anchors: Tensor;
  /** Semantic tower `[pairs, n]`, not normalised. */
  readonly answers: Tensor;
  /** Group of each pair's answer, `int64 [pairs]`: equal numbers are equal texts. */
  readonly answerGroups?: Tensor;
}

const cosines = (a: Tensor, b: Tensor): Tensor => matmul([a, b], { transposeB: true });

/**
 * In-batch contrastive loss of the dual tower with false negatives masked:
 * `L = -mean_i log( e^(s(u_i,v_i)/T) / Z_i )`, s the cosine, sums over j != i.
 *
 * - `paper` (Eq 3-5): `Z = pos + sum m_ij (e^(u_i.u_j/T) + e^(u_i.v_j/T) + e^(v_i.v_j/T))`, with
 *   `m_ij = 0` where `max(s(u_i,u_j), s(u_i,v_j)) > s(u_i,v_i) + margin`.
 * - `release`: `Z = pos + sum (m_uu e^(u_i.u_j/T) + m_uv e^(u_i.v_j/T) + m_vu e^(v_i.u_j/T))`, each
 *   mask from its own similarity.
 *
 * The joint mask of `paper` drops every negative of a pair whose anchor is nearer to the others'
 * than to its own answer, which is where an untrained model stands: from random values it may not
 * start to learn. `release` keeps the anchor-answer negatives there.
 *
 * Masks carry no gradient; the sum is taken as log-sum-exp. With `maskEqualAnswers`, pairs of one
 * answer group are no negatives of each other. The multi-negative sibling without masks is
 * InfoNCE (van den Oord et al. 2018).
 *
 * @param input - both towers, and the answers' groups where equal answers are masked
 * @param config - variant, temperature, margin
 * @returns a scalar, in nats
 */
export function contrastiveLoss(input: ContrastiveInput, config: ContrastiveConfig): Tensor {
  const { anchors, answers, answerGroups } = input;
  const { variant, temperature, margin } = config;
  const { graph, dtype } = anchors;
  const pairs = anchors.shape[0]!;
  const [u, v] = [normalised(anchors), normalised(answers)];
  const [uu, uv] = [cosines(u, u), cosines(u, v)];
  const third = variant === 'paper' ? cosines(v, v) : cosines(v, u);

  const index = arange(graph, pairs);
  const self = equal(reshape(index, [pairs, 1]), reshape(index, [1, pairs]));
  const positives = reduceSum(multiply(u, v), { axes: [-1], keepDimensions: true });
  const limit = stopGradient(add(positives, margin));
  const isFalse = (cosine: Tensor): Tensor => greater(stopGradient(cosine), limit);
  const sameAnswer =
    config.maskEqualAnswers && answerGroups
      ? equal(reshape(answerGroups, [pairs, 1]), reshape(answerGroups, [1, pairs]))
      : self;
  const masked = (cosine: Tensor, isMasked: Tensor): Tensor =>
    add(
      multiply(cosine, 1 / temperature),
      where(logicalOr(isMasked, sameAnswer), [graph.constant(excluded, dtype), 0]),
    );
  const joint = isFalse(maximum(uu, uv));
  const negatives =
    variant === 'paper'
      ? [masked(uu, joint), masked(uv, joint), masked(third, joint)]
      : [uu, uv, third].map((cosine) => masked(cosine, isFalse(cosine)));
  // -log(e^p / (e^p + sum e^n)) = softplus(logSumExp(n) - p), exact also where the loss is tiny.
  const rivals = logSumExp(concat(negatives, 1));
  return reduceMean(softplus(subtract(rivals, multiply(positives, 1 / temperature))));
}

/**
 * Share of pairs whose own answer is the most similar one of the batch.
 *
 * @param input - both towers
 * @returns a scalar in [0, 1]; for display, no gradient
 */
export function inBatchAccuracy({ anchors, answers }: ContrastiveInput): Tensor {
  const [u, v] = [normalised(anchors), normalised(answers)];
  const own = reduceSum(multiply(u, v), { axes: [-1], keepDimensions: true });
  // A little slack: the row's own cosine is computed twice, in different order.
  const beaten = cast(greater(cosines(u, v), add(own, 1e-5)), anchors.dtype);
  const rivals = reduceSum(beaten, { axes: [-1] });
  return reduceMean(cast(equal(rivals, 0), anchors.dtype));
}
