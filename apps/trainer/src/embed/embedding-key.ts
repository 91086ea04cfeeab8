import { digestOf, type Split } from '@q-anchor/core';
import type { LoadedModel } from '@q-anchor/dual-tower';
import type { Dataset } from '@q-anchor/useru';

import type { EmbeddingQuery } from './embedding-queries.js';

/** What embeddings depend on, in words by name: equal keys, equal embeddings. */
export type EmbeddingKey = Readonly<Record<string, string>>;

/** Digest of what is asked, artefacts included. */
export const askedDigest = (asked: readonly EmbeddingQuery[]): string =>
  digestOf(
    asked.map(({ queries, scenario = null, artefact }) => [
      queries,
      scenario,
      artefact?.digest ?? null,
    ]),
  );

/** The key of embeddings in shards. */
export const embeddingKey = (inputs: {
  readonly model: Pick<LoadedModel, 'digest'>;
  readonly dataset: Pick<Dataset, 'info'>;
  readonly asked: readonly EmbeddingQuery[];
  readonly split: Split | undefined;
  readonly shardUsers: number;
}): EmbeddingKey => ({
  model: inputs.model.digest,
  dataset: inputs.dataset.info.digest,
  queries: askedDigest(inputs.asked),
  '--split': inputs.split ?? 'all',
  '--shard-users': `${inputs.shardUsers}`,
});
