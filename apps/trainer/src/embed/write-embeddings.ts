import type { UserProfile } from '@q-anchor/core';
import { openEmbeddingWriter, type Dataset, type ReferencePoint } from '@q-anchor/useru';

import type { AskedEmbedder } from '../scenarios/asked-embedder.js';
import type { EmbeddingQuery } from './embedding-queries.js';
import { embeddingRows } from './embedding-rows.js';

/** Users read at a time: enough to put those of like length together. */
const batchUsers = 512;

/** What {@link writeEmbeddings} is given. */
export interface WriteEmbeddingsOptions {
  readonly dataset: Pick<Dataset, 'profiles'>;
  readonly references: readonly ReferencePoint[];
  readonly asked: readonly EmbeddingQuery[];
  readonly embedder: Pick<AskedEmbedder, 'embed' | 'dimensions'>;
  readonly signal: AbortSignal;
  /** Told how many users more are done. */
  readonly onUsers: (users: number) => void;
}

/** Writes users' embeddings into a Parquet file, whole or not at all; each user is read once for all. */
export async function writeEmbeddings(
  path: string,
  options: WriteEmbeddingsOptions,
): Promise<void> {
  const { dataset, references, asked, embedder, signal } = options;
  const { dimensions } = embedder;
  await using writer = await openEmbeddingWriter(path, { dimensions });
  const append = async (profiles: readonly UserProfile[]): Promise<void> => {
    const vectors = await embedder.embed(profiles);
    await writer.append(embeddingRows(profiles, { asked, vectors, dimensions }));
    options.onUsers(profiles.length);
  };
  const batches = dataset.profiles(references, { batchSize: batchUsers, signal });
  for await (const profiles of batches) await append(profiles);
  signal.throwIfAborted();
  await writer.finish();
}
