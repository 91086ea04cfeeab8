import type { UserProfile } from '@q-anchor/core';
import type { EmbeddingRow } from '@q-anchor/useru';

import type { AskedEmbeddings } from '../scenarios/asked-embedder.js';
import type { EmbeddingQuery } from './embedding-queries.js';

/** Rows of users' embeddings, user by user in the order of what was asked. */
export function embeddingRows(
  profiles: readonly UserProfile[],
  options: {
    readonly asked: readonly EmbeddingQuery[];
    readonly vectors: AskedEmbeddings;
    readonly dimensions: number;
  },
): readonly EmbeddingRow[] {
  const { asked, vectors, dimensions } = options;
  const counts = { queries: 0, prompted: 0 };
  const placed = asked.map((one) => {
    const kind = one.artefact ? 'prompted' : 'queries';
    return { one, kind, place: counts[kind]++ } as const;
  });
  return profiles.flatMap(({ userId, referenceDays }, user) =>
    placed.map(({ one: { queries, scenario, artefact }, kind, place }) => {
      const start = (user * counts[kind] + place) * dimensions;
      return {
        userId,
        referenceDays,
        ...(scenario !== undefined && { scenario }),
        // Text in every row, so that a reader needs no case for lists.
        query: queries.join(' | '),
        ...(artefact && { artefact: artefact.digest }),
        embedding: vectors[kind].subarray(start, start + dimensions),
      };
    }),
  );
}
