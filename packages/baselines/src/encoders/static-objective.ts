import {
  anchoredUsers,
  collateSlices,
  inBatchAccuracy,
  sliceContrast,
  slicePairs,
  type TrainingObjective,
} from '@q-anchor/dual-tower';

/**
 * One vector a user, in the CoLES manner: two random slices of a user attract each other, all slices of
 * other users in the batch repel. {@link sliceContrast} of the embeddings by prefix, decoder and head,
 * without a query, at the model's temperature: it differs from the dual tower's loss by what is compared
 * only.
 *
 * Source: Babaev et al. 2022 (CoLES).
 */
export const staticObjective: TrainingObjective = {
  losses(graph, options) {
    const slices = slicePairs(graph, anchoredUsers(graph, options).embeddings);
    const contrastive = sliceContrast(slices, options.config.contrastive.temperature);
    return {
      total: contrastive,
      contrastive,
      nextToken: graph.constant(0, 'float32'),
      accuracy: inBatchAccuracy(slices),
    };
  },
  batch: async (examples, { pairsPerUser: _pairs, ...options }) =>
    collateSlices(
      examples.map(({ profile }) => profile),
      options,
    ),
};
