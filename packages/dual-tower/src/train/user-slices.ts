import type { Random, UserProfile } from '@q-anchor/core';
import { gather, type Graph, type Tensor, type TensorData } from '@q-anchor/graph';

import {
  collateExamples,
  type CollateExamplesOptions,
  type ExampleBatch,
} from '../batch/collate-examples.js';
import { pairInputNames } from '../batch/collate-pairs.js';
import { contrastiveLoss, type ContrastiveInput } from '../losses/contrastive.js';
import { randomSlice } from './random-slice.js';

/** Rows of a batch that are users' first and second slices. */
const rowNames = { first: 'slices.first', second: 'slices.second' } as const;

/** What the anchor tower reads of pairs. */
const anchorInputs = new Set<string>([
  pairInputNames.tokens,
  pairInputNames.segments,
  pairInputNames.positions,
  pairInputNames.embeddingIndex,
]);

const pairInputs = new Set<string>(Object.values(pairInputNames));

/** Cosines are at most 1 apart from rounding: with this margin no negative counts as a false one. */
const noMask = 4;

/**
 * Two random slices of each user, asked nothing, as inputs of the anchor tower and of {@link slicePairs}:
 * first all first ones, then all second ones.
 */
export async function collateSlices(
  profiles: readonly UserProfile[],
  { random, ...options }: CollateExamplesOptions & { readonly random: Random },
): Promise<ExampleBatch> {
  const { users: config } = options.config;
  const sliced = [0, 1].flatMap(() =>
    profiles.map((profile) => ({
      profile: randomSlice(profile, { config, random }),
      pairs: [{ query: '', answer: '', source: 'uqa' as const }],
    })),
  );
  const batch = await collateExamples(sliced, options);
  const feeds = Object.entries(batch.feeds).filter(
    ([name]) => !pairInputs.has(name) || anchorInputs.has(name),
  );
  return {
    ...batch,
    feeds: {
      ...Object.fromEntries(feeds),
      [rowNames.first]: rowsFrom(0, profiles.length),
      [rowNames.second]: rowsFrom(profiles.length, profiles.length),
    },
    pairs: profiles.length,
  };
}

/**
 * Both slices of each user, row by row.
 *
 * @param graph - where the rows of {@link collateSlices} are declared
 * @param vectors - one vector a slice `[2 * users, n]`
 */
export function slicePairs(graph: Graph, vectors: Tensor): ContrastiveInput {
  const rows = (name: string): Tensor =>
    gather(vectors, graph.input(name, ['users'], 'int64'), { isDistinct: true });
  return { anchors: rows(rowNames.first), answers: rows(rowNames.second) };
}

/**
 * Contrast of users by their slices, in the CoLES manner: two slices of a user attract each other, all
 * slices of other users in the batch repel.
 *
 * `L = -mean_i log( e^(s(u_i,v_i)/T) / (e^(s(u_i,v_i)/T) + sum_{j != i} e^(s(u_i,v_j)/T) + e^(s(u_i,u_j)/T) + e^(s(v_i,u_j)/T)) )`
 *
 * with `u` and `v` the vectors of first and second slices, s the cosine, T the temperature. CoLES itself
 * takes a margin loss on distances with hard negatives; the softmax form is that of the dual tower's own
 * loss.
 *
 * Source: Babaev et al. 2022 (CoLES).
 *
 * @param slices - both slices of each user, not normalised, see {@link slicePairs}
 * @param temperature - divides the cosines
 * @returns a scalar, in nats
 */
export const sliceContrast = (slices: ContrastiveInput, temperature: number): Tensor =>
  contrastiveLoss(slices, {
    variant: 'release',
    temperature,
    margin: noMask,
    maskEqualAnswers: false,
  });

const rowsFrom = (start: number, count: number): TensorData => ({
  dtype: 'int64',
  shape: [count],
  data: BigInt64Array.from({ length: count }, (_, i) => BigInt(start + i)),
});
