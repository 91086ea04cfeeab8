import type { Engine } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import {
  checkPositions,
  dualTowerInputs,
  endOfText,
  normalised,
  weightsOf,
  type ServedModel,
} from '@q-anchor/dual-tower';
import { decoder, tokenEmbeddings } from '@q-anchor/backbone';
import { createGraph, matmul, reshape, type TensorData } from '@q-anchor/graph';

import { verbalisedProfile } from './verbalised-profile.js';

/** Reads users' profiles as text. */
export interface TextReader extends AsyncDisposable {
  /** Size of a user's vector: the decoder's width D. */
  readonly dimensions: number;
  /**
   * Pooled hidden states of users' profiles in words.
   *
   * @param profiles - at least one user
   * @returns `[users, dimensions]`, rows of length 1
   * @throws {@link InputError} if there is none
   */
  embed(profiles: readonly UserProfile[]): Promise<Float32Array>;
}

/** What {@link createTextReader} is given. */
export interface TextReaderOptions extends Pick<ServedModel, 'config' | 'parameters' | 'collate'> {
  /**
   * What stands for a text: the mean of its tokens' hidden states, or that of an end token behind it.
   * Default `mean`.
   */
  readonly pooling?: 'mean' | 'last';
  /** Tokens of a profile at most. Default 512. */
  readonly maxTokens?: number;
  /** Texts a run. Default 16. */
  readonly batchUsers?: number;
}

/**
 * The decoder as it is, reading profiles put into words: no user tokens, no adapters, no head, no query.
 * With the weights of a published language model this is the paper's row of general text models; with
 * drawn weights it tells what the architecture gives by itself.
 *
 * `x = mean_t hidden_t / |...|`, or the last token's, after the decoder's final norm.
 *
 * Paper: Query-as-Anchor, table 1, "general LLM embeddings".
 *
 * @param engine - where to run
 * @param options - model (low-rank adapters are left out), pooling, most tokens
 * @throws {@link InputError} if `maxTokens` is no positive integer or more than the decoder's positions
 */
export async function createTextReader(
  engine: Engine,
  options: TextReaderOptions,
): Promise<TextReader> {
  const { config, parameters, collate, pooling = 'mean' } = options;
  const { maxTokens = Math.min(512, config.decoder.maxPositions), batchUsers = 16 } = options;
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 2) {
    throw new InputError({
      where: 'verbalised profiles, maxTokens',
      expected: 'an integer of 2 or more',
      found: `${maxTokens}`,
    });
  }
  checkPositions(maxTokens, config.decoder);
  const { width } = config.decoder;
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const tokens = graph.input('tokens', ['batch', 'time'], 'int64');
  const { hidden } = decoder(lookup, {
    config: config.decoder,
    embeddings: tokenEmbeddings(lookup, tokens),
    layout: {
      segments: graph.input('segments', ['batch', 'time'], 'int64'),
      positions: graph.input('positions', ['batch', 'time'], 'int64'),
    },
  });
  const weights = graph.input('weights', ['batch', 1, 'time']);
  const pooled = reshape(matmul([weights, hidden]), ['batch', width]);
  graph.output('embeddings', normalised(pooled));
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  const { tokenizer } = collate;
  const end = pooling === 'last' ? [tokenizer.specialId(endOfText)] : [];
  const idsOf = (profile: UserProfile): readonly number[] => {
    const { ids } = verbalisedProfile(profile, {
      config: config.users,
      encode: (text) => tokenizer.encode(text),
      maxTokens: maxTokens - end.length,
    });
    return [...ids, ...end];
  };
  return {
    dimensions: width,
    async embed(profiles) {
      if (profiles.length === 0) {
        throw new InputError({ where: 'verbalised profiles', expected: 'a user', found: 'none' });
      }
      const out = new Float32Array(profiles.length * width);
      const texts = profiles.map(idsOf);
      // Texts of like length share a run, so that little is padding.
      const order = [...texts.keys()].toSorted((a, b) => texts[a]!.length - texts[b]!.length);
      for (let start = 0; start < order.length; start += batchUsers) {
        const chosen = order.slice(start, start + batchUsers);
        const feeds = textFeeds(
          chosen.map((index) => texts[index]!),
          pooling,
        );
        const { embeddings } = await program.run(feeds);
        const rows = embeddings!.data as Float32Array;
        for (const [row, index] of chosen.entries()) {
          out.set(rows.subarray(row * width, (row + 1) * width), index * width);
        }
      }
      return out;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}

/** Texts as rows, padded behind; weights of their pooling. */
function textFeeds(
  texts: readonly (readonly number[])[],
  pooling: 'mean' | 'last',
): Record<string, TensorData> {
  const longest = Math.max(...texts.map((ids) => ids.length));
  const size = texts.length * longest;
  const tokens = new BigInt64Array(size);
  const segments = new BigInt64Array(size).fill(-1n);
  const positions = new BigInt64Array(size);
  const weights = new Float32Array(size);
  for (const [row, ids] of texts.entries()) {
    for (const [t, id] of ids.entries()) {
      const at = row * longest + t;
      tokens[at] = BigInt(id);
      segments[at] = 0n;
      positions[at] = BigInt(t);
      if (pooling === 'mean') weights[at] = 1 / ids.length;
    }
    if (pooling === 'last') weights[row * longest + ids.length - 1] = 1;
  }
  const int64 = (data: BigInt64Array): TensorData => ({
    dtype: 'int64',
    shape: [texts.length, longest],
    data,
  });
  return {
    tokens: int64(tokens),
    segments: int64(segments),
    positions: int64(positions),
    weights: { dtype: 'float32', shape: [texts.length, 1, longest], data: weights },
  };
}
