import type { Engine, Weights } from '@q-anchor/backend';
import { createGraph, type TensorData } from '@q-anchor/graph';

import type { DualTowerConfig } from '../model/config.js';
import { dualTowerInputs } from '../model/inputs.js';
import { noQueries, queryInputNames } from './collate-queries.js';
import { encodeTokens } from './encode-tokens.js';
import { givenFeeds, nothingGiven, type GivenTokens } from './given-tokens.js';
import { noPast, pastFeeds, type PastContent } from './past-inputs.js';
import { prefixBlock, type PrefixCache } from './prefix-cache.js';
import { embeddingsAt, weightsOf } from './query-graph.js';
import { readingGraph } from './reading-graph.js';
import type { UserTokens } from './user-encoder.js';

/** The decoder and its head: prefixes to keys and values, queries behind them to embeddings. */
export interface EmbeddingProgram extends AsyncDisposable {
  /** Reads prefixes. */
  encode(users: UserTokens): Promise<PrefixCache>;
  /**
   * Embeddings of queries, `[users * queries, output]`.
   *
   * @param queries - as `collateQueries` makes them
   * @param options - what stands before them: cached tokens, such as prefixes, then given ones; none by
   *   default
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
 * @param options - model and parameters
 */
export async function createEmbeddingProgram(
  engine: Engine,
  options: { readonly config: DualTowerConfig; readonly parameters: Weights },
): Promise<EmbeddingProgram> {
  const { config, parameters } = options;
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const reading = readingGraph(graph, {
    config,
    parameters: lookup,
    blocks: [prefixBlock],
    joinsPast: true,
  });
  const { hidden } = reading;
  graph.output('embeddings', embeddingsAt(graph, { hidden, parameters: lookup }));
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  return {
    encode: (users) =>
      encodeTokens(users, {
        program,
        reading,
        decoder: config.decoder,
        nothingAsked: noQueries(users.prefixLengths.length),
      }),
    async embed(queries, { past, given }) {
      const batch = queries[queryInputNames.tokens]!.shape[0]!;
      const feeds = {
        ...givenFeeds(given ?? nothingGiven(batch, config.decoder.width)),
        ...pastFeeds(prefixBlock, past ?? noPast(config.decoder, batch)),
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
