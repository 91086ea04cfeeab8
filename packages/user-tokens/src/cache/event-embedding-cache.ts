import { digestOf, InputError, ShapeError } from '@q-anchor/core';

/**
 * Where embeddings outlive a cache, such as a file. It belongs to one encoder: what it was filled with by
 * another one, it must not give out.
 */
export interface EventEmbeddingStore {
  /**
   * Embeddings of texts, in their order; undefined for those it lacks.
   *
   * @param texts - distinct texts
   * @param maxTokens - tokens counted of a text
   */
  get(texts: readonly string[], maxTokens: number): Promise<readonly (Float32Array | undefined)[]>;
  /**
   * Takes embeddings in.
   *
   * @param texts - distinct texts that it lacks
   * @param options - tokens counted of a text; `[texts, E]`, row after row
   */
  put(
    texts: readonly string[],
    options: { readonly maxTokens: number; readonly embeddings: Float32Array },
  ): Promise<void>;
}

/** What {@link createEventEmbeddingCache} is given. */
export interface EventEmbeddingCacheOptions {
  /** Digest of everything that decides an embedding besides the text: encoder weights, tokenizer. */
  readonly encoderDigest: string;
  /** Embeddings kept; the least recently used go first. */
  readonly maxEntries: number;
  /**
   * Embeds distinct texts, of each its first `maxTokens` tokens: `[texts, E]`, row after row.
   */
  readonly encode: (texts: readonly string[], maxTokens: number) => Promise<Float32Array>;
  /** Asked before anything is encoded, and given what was. None by default. */
  readonly store?: EventEmbeddingStore | undefined;
}

/** How often a cache had what was asked for, counted by distinct text of a call. */
export interface EventEmbeddingCacheCounts {
  /** Texts found, in memory or in the store. */
  readonly hits: number;
  /** Texts encoded. */
  readonly misses: number;
  /** Embeddings held now. */
  readonly entries: number;
}

/** Text embeddings by content. */
export interface EventEmbeddingCache {
  /** Its counts so far. */
  readonly counts: EventEmbeddingCacheCounts;
  /**
   * Makes sure of the embeddings of some texts; those it lacks are encoded in one call.
   *
   * @param texts - event texts, repetitions allowed
   * @param maxTokens - tokens counted of a text: part of what is cached. Default all
   * @returns a lookup of exactly these texts, valid whatever the cache drops later
   */
  embed(texts: Iterable<string>, maxTokens?: number): Promise<(text: string) => Float32Array>;
}

/**
 * A cache of event text embeddings by content: `SHA-256(encoder, maxTokens, text)`, so that equal
 * texts of any user and any day share an entry and another encoder never meets a stale one.
 *
 * @param options - the encoder's digest, the size, the encoder
 * @throws {@link InputError} if the size is no positive integer
 * @example
 * ```ts
 * const cache = createEventEmbeddingCache({ encoderDigest, maxEntries: 100_000, encode });
 * const lookup = await cache.embed(['coffee', 'train ticket', 'coffee']); // encodes two texts
 * lookup('coffee'); // Float32Array of length E
 * ```
 */
export function createEventEmbeddingCache(
  options: EventEmbeddingCacheOptions,
): EventEmbeddingCache {
  const { encoderDigest, maxEntries, store } = options;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new InputError({
      where: 'event embedding cache, maxEntries',
      expected: 'a positive integer',
      found: `${maxEntries}`,
    });
  }
  const encode = async (texts: readonly string[], maxTokens: number): Promise<Float32Array> => {
    const rows = await options.encode(texts, maxTokens);
    const width = rows.length / texts.length;
    if (Number.isInteger(width) && width > 0) return rows;
    throw new ShapeError('event embeddings', [texts.length, 'E'], [rows.length]);
  };
  // A map iterates in the order of insertion: a hit is inserted anew, the first is the oldest.
  const entries = new Map<string, Float32Array>();
  let hits = 0;
  let misses = 0;
  const keep = (key: string, embedding: Float32Array): void => {
    entries.delete(key);
    entries.set(key, embedding);
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value!);
  };

  return {
    get counts() {
      return { hits, misses, entries: entries.size };
    },
    async embed(texts, maxTokens = Number.MAX_SAFE_INTEGER) {
      const found = new Map<string, Float32Array>();
      const missing = new Map<string, string>();
      for (const text of new Set(texts)) {
        const key = digestOf([encoderDigest, maxTokens, text]);
        const embedding = entries.get(key);
        if (embedding) {
          keep(key, embedding);
          found.set(text, embedding);
        } else missing.set(text, key);
      }
      const kept = (text: string, embedding: Float32Array): void => {
        keep(missing.get(text)!, embedding);
        found.set(text, embedding);
      };
      const stored =
        store && missing.size > 0 ? await store.get([...missing.keys()], maxTokens) : [];
      const unknown = [...missing.keys()].filter((text, i) => {
        const embedding = stored[i];
        if (embedding) kept(text, embedding);
        return !embedding;
      });
      if (unknown.length > 0) {
        const rows = await encode(unknown, maxTokens);
        for (const [row, text] of unknown.entries()) {
          const width = rows.length / unknown.length;
          // Copied, so that an entry does not hold on to the whole batch it came in.
          kept(text, rows.slice(row * width, (row + 1) * width));
        }
        await store?.put(unknown, { maxTokens, embeddings: rows });
      }
      hits += found.size - unknown.length;
      misses += unknown.length;
      return (text) => {
        const embedding = found.get(text);
        if (embedding) return embedding;
        throw new InputError({
          where: 'event embedding',
          expected: 'a text that was embedded',
          found: JSON.stringify(text),
        });
      };
    },
  };
}
