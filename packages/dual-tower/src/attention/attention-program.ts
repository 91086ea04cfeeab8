import type { Engine, Weights } from '@q-anchor/backend';
import {
  createGraph,
  gather,
  productOf,
  reduceMean,
  reshape,
  type TensorData,
} from '@q-anchor/graph';

import { noQueries } from '../embed/collate-queries.js';
import { encodeTokens } from '../embed/encode-tokens.js';
import { givenFeeds, type GivenTokens } from '../embed/given-tokens.js';
import { pastFeeds } from '../embed/past-inputs.js';
import { prefixBlock, type PrefixCache } from '../embed/prefix-cache.js';
import { weightsOf } from '../embed/query-graph.js';
import { readingGraph } from '../embed/reading-graph.js';
import type { UserTokens } from '../embed/user-encoder.js';
import type { DualTowerConfig } from '../model/config.js';
import { dualTowerInputs } from '../model/inputs.js';

const rowsName = 'attention.rows';
const outputName = (layer: number): string => `attention.${layer}`;

/** Reads prefixes, and what tokens behind them attend to. */
export interface AttentionProgram extends AsyncDisposable {
  /** Reads prefixes. */
  encode(users: UserTokens): Promise<PrefixCache>;
  /**
   * Attention probabilities, mean over heads.
   *
   * @param queries - as `collateQueries` makes them, of one query
   * @param options - encoded prefixes, given tokens before the query, places of the tokens that look,
   *   counted from the first given one
   * @returns by layer `[users, looking, prefix + given + query]`
   */
  attend(
    queries: Readonly<Record<string, TensorData>>,
    options: {
      readonly past: PrefixCache;
      readonly given: GivenTokens;
      readonly looking: readonly number[];
      readonly tokens: number;
    },
  ): Promise<readonly Float32Array[]>;
}

/**
 * Compiles the decoder for prefixes and for attention probabilities of chosen tokens behind them. Of the
 * probabilities of all tokens of a run only those of the chosen ones leave the graph: `[users, chosen,
 * keys]` a layer.
 *
 * @param engine - where to run
 * @param options - model and parameters
 */
export async function createAttentionProgram(
  engine: Engine,
  options: { readonly config: DualTowerConfig; readonly parameters: Weights },
): Promise<AttentionProgram> {
  const { config, parameters } = options;
  const { heads } = config.decoder;
  const graph = createGraph();
  const reading = readingGraph(graph, {
    config,
    parameters: dualTowerInputs(graph, config, { weights: parameters }),
    blocks: [{ block: prefixBlock }],
    joinsPast: true,
  });
  const rows = graph.input(rowsName, ['batch', heads, 'looking'], 'int64');
  for (const [layer, [probabilities]] of reading.attention.entries()) {
    const [batch, , time, keys] = probabilities!.shape;
    const table = reshape(probabilities!, [productOf(batch!, heads, time!), keys!]);
    graph.output(outputName(layer), reduceMean(gather(table, rows), { axes: [1] }));
  }
  const outputs = [...reading.attention.keys()].map(outputName);
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  return {
    encode: (users) => {
      const batch = users.prefixLengths.length;
      return encodeTokens(users, {
        program,
        reading,
        decoder: config.decoder,
        nothingAsked: {
          ...noQueries(batch),
          [rowsName]: rowFeed([], { batch, heads, tokens: 0 }),
        },
      });
    },
    async attend(queries, { past, given, looking, tokens }) {
      const batch = past.prefixLengths.length;
      const found = await program.run(
        {
          ...givenFeeds(given),
          ...pastFeeds(prefixBlock, past),
          ...queries,
          [rowsName]: rowFeed(looking, { batch, heads, tokens }),
        },
        { outputs },
      );
      return outputs.map((name) => found[name]!.data as Float32Array);
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}

/** Rows of `[batch * heads * tokens]` at some of the tokens. */
function rowFeed(
  places: readonly number[],
  {
    batch,
    heads,
    tokens,
  }: { readonly batch: number; readonly heads: number; readonly tokens: number },
): TensorData {
  const data = new BigInt64Array(batch * heads * places.length);
  for (let row = 0; row < batch * heads; row++) {
    for (const [i, place] of places.entries()) {
      data[row * places.length + i] = BigInt(row * tokens + place);
    }
  }
  return { dtype: 'int64', shape: [batch, heads, places.length], data };
}
