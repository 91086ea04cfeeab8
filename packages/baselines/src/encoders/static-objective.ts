import {
  anchoredUsers,
  collateExamples,
  contrastiveLoss,
  inBatchAccuracy,
  pairInputNames,
  type TrainingObjective,
} from '@q-anchor/dual-tower';
import { gather, type TensorData } from '@q-anchor/graph';

import { randomSlice } from './random-slice.js';

/** Rows of a batch that are users' first and second slices. */
const rowNames = { first: 'slices.first', second: 'slices.second' } as const;

/** What the anchor tower reads of pairs. */
const anchorInputs = [
  pairInputNames.tokens,
  pairInputNames.segments,
  pairInputNames.positions,
  pairInputNames.embeddingIndex,
] as const;

/** Cosines are at most 1 apart from rounding: with this margin no negative counts as a false one. */
const noMask = 4;

/**
 * One vector a user, in the CoLES manner: two random slices of a user attract each other, all slices of
 * other users in the batch repel.
 *
 * `L = -mean_i log( e^(s(u_i,v_i)/T) / (e^(s(u_i,v_i)/T) + sum_{j != i} e^(s(u_i,v_j)/T) + e^(s(u_i,u_j)/T) + e^(s(v_i,u_j)/T)) )`
 *
 * with `u` and `v` the embeddings of first and second slices by prefix, decoder and head, without a
 * query, s the cosine and T the model's temperature. CoLES itself takes a margin loss on distances with
 * hard negatives; the softmax form is that of the dual tower's own loss, so that the two differ by what
 * is compared only.
 *
 * Source: Babaev et al. 2022 (CoLES).
 */
export const staticObjective: TrainingObjective = {
  losses(graph, options) {
    const { config } = options;
    const { embeddings } = anchoredUsers(graph, options);
    const rows = (name: string) =>
      gather(embeddings, graph.input(name, ['users'], 'int64'), { isDistinct: true });
    const input = { anchors: rows(rowNames.first), answers: rows(rowNames.second) };
    const { temperature } = config.contrastive;
    const contrastive = contrastiveLoss(input, {
      variant: 'release',
      temperature,
      margin: noMask,
      maskEqualAnswers: false,
    });
    return {
      total: contrastive,
      contrastive,
      nextToken: graph.constant(0, 'float32'),
      accuracy: inBatchAccuracy(input),
    };
  },
  async batch(examples, { random, ...options }) {
    const { users: config } = options.config;
    const sliced = [0, 1].flatMap(() =>
      examples.map(({ profile }) => ({
        profile: randomSlice(profile, { config, random }),
        pairs: [{ query: '', answer: '', source: 'uqa' as const }],
      })),
    );
    const batch = await collateExamples(sliced, options);
    const own = new Set<string>(anchorInputs);
    const isPair = new Set<string>(Object.values(pairInputNames));
    const feeds = Object.entries(batch.feeds).filter(
      ([name]) => !isPair.has(name) || own.has(name),
    );
    return {
      ...batch,
      feeds: {
        ...Object.fromEntries(feeds),
        [rowNames.first]: rowsFrom(0, examples.length),
        [rowNames.second]: rowsFrom(examples.length, examples.length),
      },
      pairs: examples.length,
    };
  },
};

const rowsFrom = (start: number, count: number): TensorData => ({
  dtype: 'int64',
  shape: [count],
  data: BigInt64Array.from({ length: count }, (_, i) => BigInt(start + i)),
});
