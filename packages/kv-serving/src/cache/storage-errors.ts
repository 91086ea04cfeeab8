import type { Engine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import {
  createEmbedder,
  embeddingAgreement,
  joinedPrefixes,
  readablePrefix,
  singlePrefixes,
  storedBytes,
  storedPrefix,
  type EmbeddingAgreement,
  type ServedModel,
  type StoragePrecision,
} from '@q-anchor/dual-tower';

/** What a precision of storage does to embeddings. */
export interface StorageError {
  /** The precision. */
  readonly storage: StoragePrecision;
  /** Bytes a prefix token takes, mean over users. */
  readonly bytesPerToken: number;
  /** Cosines of embeddings to those by f32. */
  readonly agreement: EmbeddingAgreement;
  /** The largest distance of an embedding to that by f32, `|e - f| / |f|`. */
  readonly largestRelativeError: number;
}

/** What {@link storageErrors} is given. */
export interface StorageErrorOptions {
  /** The model. */
  readonly model: ServedModel;
  /** Users to embed, at least one. */
  readonly profiles: readonly UserProfile[];
  /** Queries to embed them for, at least one. */
  readonly queries: readonly string[];
  /** Precisions. Default f16 and int8. */
  readonly storages?: readonly StoragePrecision[];
  /** Gives up between users. */
  readonly signal?: AbortSignal;
}

const distance = (a: Float32Array, b: Float32Array): number => {
  const difference = Math.hypot(...a.map((x, i) => x - b[i]!));
  return difference / Math.hypot(...b);
};

/**
 * Measures what storing keys and values in less than f32 does to a model's embeddings: prefixes are read
 * once, queries asked behind each precision's.
 *
 * @param engine - where to run
 * @param options - model, users, queries, precisions
 * @throws {@link @q-anchor/core#InputError} if there is no user or no query
 */
export async function storageErrors(
  engine: Engine,
  options: StorageErrorOptions,
): Promise<StorageError[]> {
  const { model, profiles, queries, storages = ['f16', 'int8'], signal } = options;
  const { decoder } = model.config;
  await using embedder = await createEmbedder(engine, model);
  const { dimensions } = embedder;
  const size = queries.length * dimensions;
  const all = (): Float32Array => new Float32Array(profiles.length * size);
  const exact = all();
  const found = storages.map((storage) => ({ storage, rows: all(), bytes: 0 }));
  let tokens = 0;
  for (const [u, profile] of profiles.entries()) {
    signal?.throwIfAborted();
    const cache = await embedder.encode([profile]);
    const [single] = singlePrefixes(cache, decoder);
    tokens += single!.length;
    exact.set(await embedder.embedCached(cache, queries), u * size);
    for (const one of found) {
      const stored = storedPrefix(single!, { storage: one.storage, decoder });
      one.bytes += storedBytes(stored);
      const joined = joinedPrefixes([readablePrefix(stored, decoder)], decoder);
      one.rows.set(await embedder.embedCached(joined, queries), u * size);
    }
  }
  const rowOf = (rows: Float32Array, i: number) =>
    rows.subarray(i * dimensions, (i + 1) * dimensions);
  return found.map(({ storage, rows, bytes }) => ({
    storage,
    bytesPerToken: bytes / tokens,
    agreement: embeddingAgreement([rows, exact], dimensions),
    largestRelativeError: Math.max(
      ...Array.from({ length: rows.length / dimensions }, (_, i) =>
        distance(rowOf(rows, i), rowOf(exact, i)),
      ),
    ),
  }));
}
