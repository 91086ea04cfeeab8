import type { ParameterLookup } from '@q-anchor/backbone';
import { add, multiply, type FloatDType, type Graph, type Tensor } from '@q-anchor/graph';

import { pairInputNames } from '../batch/collate-pairs.js';
import { contrastiveLoss, inBatchAccuracy } from '../losses/contrastive.js';
import { anchoredUsers } from './anchored-users.js';
import type { DualTowerConfig } from './config.js';
import { nextTokenLoss, semanticTower } from './towers.js';

/** The losses of a batch, scalars. */
export interface DualTowerLosses {
  /** `contrastiveWeight * contrastive + nextTokenWeight * nextToken`. */
  readonly total: Tensor;
  /** The contrastive loss. */
  readonly contrastive: Tensor;
  /** The next-token loss. */
  readonly nextToken: Tensor;
  /** Share of pairs nearest to their own answer. */
  readonly accuracy: Tensor;
  /** Anchor embeddings `[pairs, output]`, not normalised. */
  readonly anchors: Tensor;
  /** Answer embeddings `[pairs, output]`, not normalised. */
  readonly answers: Tensor;
}

/**
 * The whole pre-training objective as graph: users' prefixes, both towers, both losses. A frozen
 * text encoder is no part of it: event texts come embedded.
 *
 * @param graph - the graph; its inputs are those of `collateUsers` and `collatePairs`
 * @param options - model, parameters, element type; in training a seed `int64 []` of the adapters'
 *   dropout, another one each step
 */
export function dualTowerLosses(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly dtype?: FloatDType;
    readonly dropoutSeed?: Tensor | undefined;
  },
): DualTowerLosses {
  const { config, parameters, dropoutSeed } = options;
  const { embeddings: anchors, hidden } = anchoredUsers(graph, options);
  const answers = semanticTower(graph, { config, parameters, dropoutSeed });
  const answerGroups = graph.input(pairInputNames.answerGroups, ['pairs'], 'int64');
  const contrastive = contrastiveLoss({ anchors, answers, answerGroups }, config.contrastive);
  const nextToken = nextTokenLoss(graph, { config, parameters, hidden });
  const { contrastiveWeight = 1, nextTokenWeight } = config;
  return {
    total: add(
      contrastiveWeight === 1 ? contrastive : multiply(contrastive, contrastiveWeight),
      multiply(nextToken, nextTokenWeight),
    ),
    contrastive,
    nextToken,
    accuracy: inBatchAccuracy({ anchors, answers }),
    anchors,
    answers,
  };
}
