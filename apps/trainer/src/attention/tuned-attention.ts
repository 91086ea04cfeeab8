import type { Engine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import {
  createAttentionReader,
  type AskedQuery,
  type AttentionReader,
  type OpenedModel,
  type QueryAttention,
} from '@q-anchor/dual-tower';
import { adaptedModel, type PromptedQueries } from '@q-anchor/prompt-tuning';

/** A query, behind soft prompts or read with adapters if it was tuned. */
export type TunedQuery = AskedQuery & Pick<PromptedQueries, 'adapters'>;

/** Reads attention for queries and tuned queries. */
export interface TunedAttentionReader extends AsyncDisposable {
  /** For each user, for each query. */
  read(profiles: readonly UserProfile[]): Promise<ReadonlyArray<readonly QueryAttention[]>>;
}

/** Compiles a model, and one for each of the queries that adapters were tuned for. */
export async function createTunedAttentionReader(
  engine: Engine,
  model: OpenedModel,
  queries: readonly TunedQuery[],
): Promise<TunedAttentionReader> {
  const groups: { readonly reader: AttentionReader; readonly places: readonly number[] }[] = [];
  const shared = [...queries.keys()].filter((place) => !queries[place]!.adapters);
  const add = async (
    of: Parameters<typeof createAttentionReader>[1],
    places: readonly number[],
  ) => {
    groups.push({ reader: await createAttentionReader(engine, of), places });
  };
  if (shared.length > 0) await add(model, shared);
  for (const [place, { adapters }] of queries.entries()) {
    if (adapters) await add(adaptedModel(model, adapters), [place]);
  }
  return {
    async read(profiles) {
      const found = profiles.map(() => Array.from<QueryAttention>({ length: queries.length }));
      for (const { reader, places } of groups) {
        const asked = places.map((place) => queries[place]!);
        for (const [user, own] of (await reader.read(profiles, asked)).entries()) {
          for (const [i, place] of places.entries()) found[user]![place] = own[i]!;
        }
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      for (const { reader } of groups) await reader[Symbol.asyncDispose]();
    },
  };
}
