import { digestOf, InputError, ShapeError } from '@q-anchor/core';

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
}

/** How often a cache had what was asked for, counted by distinct text of a call. */
export interface EventEmbeddingCacheCounts {
  /** Texts found. */
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
  const { encoderDigest, maxEntries, encode } = options;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new InputError({
      where: 'event embedding cache, maxEntries',
      expected: 'a positive integer',
      found: `${maxEntries}`,
    });
  }
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
      if (missing.size > 0) {
        const rows = await encode([...missing.keys()], maxTokens);
        const width = rows.length / missing.size;
        if (!Number.isInteger(width) || width === 0) {
          throw new ShapeError('event embeddings', [missing.size, 'E'], [rows.length]);
        }
        for (const [row, [text, key]] of [...missing].entries()) {
          // Copied, so that an entry does not hold on to the whole batch it came in.
          const embedding = rows.slice(row * width, (row + 1) * width);
          keep(key, embedding);
          found.set(text, embedding);
        }
      }
      hits += found.size - missing.size;
      misses += missing.size;
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
