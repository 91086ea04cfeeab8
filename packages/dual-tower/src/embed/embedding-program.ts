import type { Engine, Weights } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { createGraph, type TensorData } from '@q-anchor/graph';

import type { DualTowerConfig } from '../model/config.js';
import { dualTowerInputs } from '../model/inputs.js';
import { noQueries, queryInputNames } from './collate-queries.js';
import { encodeTokens } from './encode-tokens.js';
import { givenFeeds, nothingGiven, type GivenTokens } from './given-tokens.js';
import { noPast, pastFeeds, storedType, type PastContent } from './past-inputs.js';
import { prefixBlock, storedBlock, type PrefixCache } from './prefix-cache.js';
import { embeddingsAt, weightsOf } from './query-graph.js';
import { readingGraph, type ReadBlock } from './reading-graph.js';
import type { StoragePrecision } from './stored-prefix.js';
import type { UserTokens } from './user-encoder.js';

/** The decoder and its head: prefixes to keys and values, queries behind them to embeddings. */
export interface EmbeddingProgram extends AsyncDisposable {
  /** Reads prefixes. */
  encode(users: UserTokens): Promise<PrefixCache>;
  /**
   * Embeddings of queries, `[users * queries, output]`.
   *
   * @param queries - as `collateQueries` makes them
   * @param options - what stands before them: cached tokens, such as prefixes, in f32 or in the precision
   *   it was compiled for, then given ones; none by default
   * @throws {@link InputError} if cached tokens are of another precision
   */
  embed(
    queries: Readonly<Record<string, TensorData>>,
    options: { readonly past?: PastContent | undefined; readonly given?: GivenTokens | undefined },
  ): Promise<Float32Array>;
}

/**
 * Compiles the decoder once, for prefixes and queries: each program would hold its weights.
 *
 * @param engine - where to run
 * @param options - model and parameters; a precision, beside f32, that cached prefixes are fed in
 */
export async function createEmbeddingProgram(
  engine: Engine,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: Weights;
    readonly storage?: StoragePrecision | undefined;
  },
): Promise<EmbeddingProgram> {
  const { config, parameters, storage = 'f32' } = options;
  const blocks: readonly ReadBlock[] = [
    { block: prefixBlock },
    ...(storage === 'f32' ? [] : [{ block: storedBlock, storage }]),
  ];
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const reading = readingGraph(graph, {
    config,
    parameters: lookup,
    blocks,
    joinsPast: true,
  });
  const { hidden } = reading;
  graph.output('embeddings', embeddingsAt(graph, { config, hidden, parameters: lookup }));
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  const nothingIn = ({ block, storage: fed }: ReadBlock, batch: number) =>
    pastFeeds(block, noPast(config.decoder, batch, fed && { storage: fed }));
  /** Feeds of all blocks, one of which has the past. */
  const blockFeeds = (past: PastContent | undefined, batch: number) => {
    const dtype = past?.layers[0]?.keys.dtype ?? 'float32';
    const own = blocks.find((block) => storedType[block.storage ?? 'f32'] === dtype);
    if (!own) {
      throw new InputError({
        where: 'cached prefixes',
        expected: blocks.map((block) => storedType[block.storage ?? 'f32']).join(' or '),
        found: dtype,
        fix: 'Create the embedder with the storage in which they are kept',
      });
    }
    const feeds = blocks.map((block) =>
      block === own && past ? pastFeeds(block.block, past) : nothingIn(block, batch),
    );
    return Object.assign({}, ...feeds) as Record<string, TensorData>;
  };
  return {
    encode(users) {
      const batch = users.prefixLengths.length;
      const [, ...others] = blocks;
      return encodeTokens(users, {
        program,
        reading,
        decoder: config.decoder,
        nothingAsked: Object.assign(
          noQueries(batch),
          ...others.map((block) => nothingIn(block, batch)),
        ) as Record<string, TensorData>,
      });
    },
    async embed(queries, { past, given }) {
      const batch = queries[queryInputNames.tokens]!.shape[0]!;
      const feeds = {
        ...givenFeeds(given ?? nothingGiven(batch, config.decoder.width)),
        ...blockFeeds(past, batch),
        ...queries,
      };
      const { embeddings } = await program.run(feeds, { outputs: ['embeddings'] });
      return embeddings!.data as Float32Array;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}
