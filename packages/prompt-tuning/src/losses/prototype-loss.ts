import { normalised, softplus } from '@q-anchor/dual-tower';
import {
  add,
  equal,
  logSumExp,
  matmul,
  multiply,
  reduceMean,
  reduceSum,
  reshape,
  subtract,
  where,
  type Tensor,
} from '@q-anchor/graph';

import type { PrototypeRule } from './prototype-rule.js';

/** Added to the logits of prototypes that are not summed over. */
const excluded = -1e9;

/** What {@link prototypeLoss} is given. */
export interface PrototypeLossInput {
  /** Embeddings `[rows, n]`, of any length. */
  readonly embeddings: Tensor;
  /** Prototypes of all classes `[prototypes, n]`, of any length. */
  readonly prototypes: Tensor;
  /** Class of each prototype, `int64 [prototypes]`. */
  readonly prototypeClasses: Tensor;
  /** Class of each row, `int64 [rows]`; every class has a prototype. */
  readonly labels: Tensor;
  /** Share of each row in the loss `[rows]`, of sum 1; equal shares by default. */
  readonly rowWeights?: Tensor;
}

/**
 * Prototype loss of prompt tuning:
 * `L = sum_i w_i -log( sum_{k in y_i} e^(s(u_i,p_k)/T) / sum_k e^(s(u_i,p_k)/T) )`.
 *
 * `u` are embeddings, `p` prototypes, `s` the cosine (or the inner product), `T` the temperature, `w`
 * the rows' shares. With one prototype a class it is the paper's L_pt (section on cluster-based soft
 * prompt tuning); with several, a class is as near as its prototypes together (log-sum-exp). It is
 * computed as `softplus(rivals - own)` of the two log-sum-exps, exact also where the loss is tiny.
 *
 * Related: {@link prototypeLikelihoods}, the same in plain numbers; `contrastiveLoss` of
 * `@q-anchor/dual-tower`, whose classes are the other pairs of a batch.
 *
 * @param input - embeddings, prototypes, classes
 * @param rule - temperature and similarity
 * @returns a scalar, in nats
 */
export function prototypeLoss(input: PrototypeLossInput, rule: PrototypeRule): Tensor {
  const { embeddings, prototypes, prototypeClasses, labels, rowWeights } = input;
  const { temperature, similarity = 'cosine' } = rule;
  const { graph, dtype } = embeddings;
  const [u, p] =
    similarity === 'cosine' ? [embeddings, prototypes].map(normalised) : [embeddings, prototypes];
  const logits = multiply(matmul([u!, p!], { transposeB: true }), 1 / temperature);
  const isOwn = equal(
    reshape(labels, [labels.shape[0]!, 1]),
    reshape(prototypeClasses, [1, prototypeClasses.shape[0]!]),
  );
  const zero = graph.constant(0, dtype);
  const hidden = graph.constant(excluded, dtype);
  const own = logSumExp(add(logits, where(isOwn, [zero, hidden])));
  const rivals = logSumExp(add(logits, where(isOwn, [hidden, zero])));
  const losses = reshape(softplus(subtract(rivals, own)), labels.shape);
  return rowWeights ? reduceSum(multiply(losses, rowWeights)) : reduceMean(losses);
}
