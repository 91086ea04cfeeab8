import { decoder, outputWeight, tokenEmbeddings, type ParameterLookup } from '@q-anchor/backbone';
import {
  concat,
  gather,
  linearCrossEntropy,
  productOf,
  reshape,
  type Graph,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';
import type { UserPrefix } from '@q-anchor/user-tokens';

import { pairInputNames } from '../batch/collate-pairs.js';
import type { DualTowerConfig } from './config.js';
import { dropoutSeedOf } from './dropout.js';
import { projectionHead } from './head.js';
import { withQuestionMeans } from './question-mean.js';

/** Rows of hidden states `[batch, time, D]` at indices into `[batch * time]`, each at most once. */
function hiddenAt(hidden: Tensor, index: Tensor): Tensor {
  const [batch, time, width] = hidden.shape;
  const rows = reshape(hidden, [productOf(batch!, time!), width!]);
  return gather(rows, index, { isDistinct: true });
}

/** What the anchor tower makes. */
export interface AnchorTower {
  /** One vector per pair, not normalised, `[pairs, output]`. */
  readonly embeddings: Tensor;
  /** Hidden states of the joined sequence, `[batch, prefix + suffix, D]`. */
  readonly hidden: Tensor;
}

/**
 * Anchor tower: the users' prefixes, each followed by its packed suffixes; the embedding of a pair
 * is the head over the hidden state at its `<|user_emb|>`, which stands before the answer and so
 * cannot see it.
 *
 * @param graph - the graph; inputs are declared as `pairInputNames`
 * @param options - model, parameters, the users' prefixes; in training a seed `int64 []` for dropout
 */
export function anchorTower(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly prefix: UserPrefix;
    readonly dropoutSeed?: Tensor | undefined;
  },
): AnchorTower {
  const { config, parameters, prefix, dropoutSeed } = options;
  const input = (name: string): Tensor => graph.input(name, ['batch', 'suffix'], 'int64');
  const ids = input(pairInputNames.tokens);
  const asked: TokenLayout = {
    segments: input(pairInputNames.segments),
    positions: input(pairInputNames.positions),
  };
  const { questionMean } = config;
  const tokens = withQuestionMeans(tokenEmbeddings(parameters, ids), {
    ids,
    layout: asked,
    questionMean,
  });
  const layout: TokenLayout = {
    segments: concat([prefix.layout.segments, asked.segments], 1),
    positions: concat([prefix.layout.positions, asked.positions], 1),
  };
  const { hidden } = decoder(parameters, {
    config: config.decoder,
    embeddings: concat([prefix.embeddings, tokens], 1),
    layout,
    ...(config.lora && { lora: config.lora }),
    ...dropoutSeedOf('anchor', dropoutSeed),
  });
  const index = graph.input(pairInputNames.embeddingIndex, ['pairs'], 'int64');
  return { embeddings: projectionHead(hiddenAt(hidden, index), parameters), hidden };
}

/**
 * Semantic tower: answers alone through the same decoder and head; the hidden state at each one's
 * end token.
 *
 * @param graph - the graph; inputs are declared as `pairInputNames`
 * @param options - model and parameters; in training a seed `int64 []` for dropout
 * @returns `[pairs, output]`, not normalised
 */
export function semanticTower(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly dropoutSeed?: Tensor | undefined;
  },
): Tensor {
  const { config, parameters, dropoutSeed } = options;
  const input = (name: string): Tensor => graph.input(name, ['answer_rows', 'answer'], 'int64');
  const { hidden } = decoder(parameters, {
    config: config.decoder,
    embeddings: tokenEmbeddings(parameters, input(pairInputNames.answerTokens)),
    layout: {
      segments: input(pairInputNames.answerSegments),
      positions: input(pairInputNames.answerPositions),
    },
    ...(config.lora && { lora: config.lora }),
    ...dropoutSeedOf('semantic', dropoutSeed),
  });
  const last = graph.input(pairInputNames.answerLast, ['pairs'], 'int64');
  return projectionHead(hiddenAt(hidden, last), parameters);
}

/**
 * Next-token loss of the answers in the anchor tower; logits are made at answer positions only.
 *
 * @param graph - the graph; inputs are declared as `pairInputNames`
 * @param options - model, parameters, hidden states of the anchor tower
 * @returns a scalar, in nats
 */
export function nextTokenLoss(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly hidden: Tensor;
  },
): Tensor {
  const { config, parameters, hidden } = options;
  const index = graph.input(pairInputNames.targetIndex, ['targets'], 'int64');
  return linearCrossEntropy(hiddenAt(hidden, index), {
    weight: outputWeight(parameters, config.decoder),
    labels: graph.input(pairInputNames.targetLabels, ['targets'], 'int64'),
    rowWeights: graph.input(pairInputNames.targetWeights, ['targets'], hidden.dtype),
  });
}
