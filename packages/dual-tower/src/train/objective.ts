import type { ParameterLookup } from '@q-anchor/backbone';
import type { Random } from '@q-anchor/core';
import type { Graph, Tensor } from '@q-anchor/graph';
import type { CollateUsersOptions, EventEmbeddingCache } from '@q-anchor/user-tokens';

import { collateExamples, type ExampleBatch } from '../batch/collate-examples.js';
import type { DualTowerConfig } from '../model/config.js';
import { dualTowerLosses } from '../model/losses.js';
import { drawPairs, type SamplingOptions, type TrainingExample } from './examples.js';

/** The losses of a batch, scalars; zero what an objective has not. */
export interface TrainingLosses {
  /** What is minimised. */
  readonly total: Tensor;
  /** Its contrastive part. */
  readonly contrastive: Tensor;
  /** Its next-token part. */
  readonly nextToken: Tensor;
  /** Share of what is nearest to its own counterpart. */
  readonly accuracy: Tensor;
}

/** What a batch is made with. */
export interface BatchOptions extends Pick<SamplingOptions, 'pairsPerUser'> {
  /** The model. */
  readonly config: DualTowerConfig;
  /** Tokenizers and fitted features. */
  readonly collate: Omit<CollateUsersOptions, 'config' | 'textEmbedding'>;
  /** Embeddings of event texts, where a frozen text encoder makes them. */
  readonly cache: EventEmbeddingCache | undefined;
  /** Draws that depend on the seed and the batch's number alone. */
  readonly random: Random;
  /** Tokens kept of an answer. */
  readonly maxAnswerTokens?: number | undefined;
}

/** What training minimises, and how examples become its inputs. */
export interface TrainingObjective {
  /**
   * The losses of a batch as graph.
   *
   * @param graph - the graph; its inputs beside parameters and dropout's seed are the batch's
   * @param options - model, parameters; in training a seed `int64 []` of the adapters' dropout
   */
  readonly losses: (
    graph: Graph,
    options: {
      readonly config: DualTowerConfig;
      readonly parameters: ParameterLookup;
      readonly dropoutSeed?: Tensor | undefined;
    },
  ) => TrainingLosses;
  /**
   * Examples as inputs of that graph.
   *
   * @param examples - at least one
   * @param options - model, tokenizers, draws
   */
  readonly batch: (
    examples: readonly TrainingExample[],
    options: BatchOptions,
  ) => Promise<ExampleBatch>;
}

/** The dual tower's own: drawn pairs, contrastive loss and next-token loss. */
export const dualTowerObjective: TrainingObjective = {
  losses: dualTowerLosses,
  batch: async (examples, { pairsPerUser, random, ...options }) =>
    collateExamples(
      examples.map((example) => ({
        profile: example.profile,
        pairs: drawPairs(example, { pairsPerUser, random }),
      })),
      options,
    ),
};
