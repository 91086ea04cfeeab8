import {
  decoder,
  parameterInputs,
  tokenEmbeddings,
  type ParameterLookup,
} from '@q-anchor/backbone';
import type { Engine, Program, Tensors } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import {
  concat,
  createGraph,
  gather,
  productOf,
  reshape,
  type Graph,
  type Tensor,
} from '@q-anchor/graph';
import {
  collateUsers,
  userEmbeddingToken,
  userPrefix,
  type CollateUsersOptions,
} from '@q-anchor/user-tokens';

import { normalised } from '../losses/normalised.js';
import type { DualTowerConfig } from '../model/config.js';
import { projectionHead } from '../model/head.js';
import { dualTowerParameters } from '../model/parameters.js';
import { collateQueries, queryInputNames } from './collate-queries.js';

/** Embeds users for queries. */
export interface Embedder extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /**
   * Embeddings of users for queries; each user's prefix is encoded once for all queries.
   *
   * @param profiles - at least one user
   * @param queries - at least one question; an empty text asks nothing: the embedding of the user as such
   * @returns `[users, queries, dimensions]`, rows of length 1
   */
  embed(profiles: readonly UserProfile[], queries: readonly string[]): Promise<Float32Array>;
}

/** What {@link createEmbedder} is given. */
export interface EmbedderOptions {
  /** The model. */
  readonly config: DualTowerConfig;
  /** The model's parameters. */
  readonly parameters: Tensors;
  /** Tokenizer and fitted features. */
  readonly collate: Omit<CollateUsersOptions, 'config' | 'textEmbedding'>;
  /** Users a run. Default 64. */
  readonly batchUsers?: number;
}

/**
 * Compiles a model for embedding users.
 *
 * @param engine - where to run
 * @param options - model, parameters, tokenizer and features
 */
export async function createEmbedder(engine: Engine, options: EmbedderOptions): Promise<Embedder> {
  const { config, parameters, collate, batchUsers = 64 } = options;
  const program = await compileEmbedding(engine, { config, parameters });
  const dimensions = config.head.output;
  const userEmbeddingId = collate.tokenizer.specialId(userEmbeddingToken);
  return {
    dimensions,
    async embed(profiles, queries) {
      if (profiles.length === 0 || queries.length === 0) {
        const found = `${profiles.length} users, ${queries.length} queries`;
        throw new InputError({
          where: 'embed',
          expected: 'at least one user and one query',
          found,
        });
      }
      const out = new Float32Array(profiles.length * queries.length * dimensions);
      const ids = queries.map((query) => collate.tokenizer.encode(query));
      // Users of like length share a batch, so that little is padding.
      const order = [...profiles.keys()].sort(
        (a, b) => events(profiles[a]!) - events(profiles[b]!),
      );
      for (let start = 0; start < order.length; start += batchUsers) {
        const chosen = order.slice(start, start + batchUsers);
        const users = collateUsers(
          chosen.map((index) => profiles[index]!),
          { config: config.users, ...collate },
        );
        const { prefixLengths } = users;
        const feeds = collateQueries(ids, { prefixLengths, userEmbeddingId, isJoined: true });
        const { embeddings } = await program.run({ ...users.feeds, ...feeds });
        const data = embeddings!.data as Float32Array;
        const size = queries.length * dimensions;
        for (const [row, index] of chosen.entries()) {
          out.set(data.subarray(row * size, (row + 1) * size), index * size);
        }
      }
      return out;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}

const events = (profile: UserProfile): number =>
  Object.values(profile.events).reduce((sum, list) => sum + list.length, 0);

/** Only parameters a graph has as inputs can be embedded in it. */
function weightsOf(graph: Graph, parameters: Tensors): Tensors {
  const names = new Set(graph.inputs.map((input) => input.name));
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => names.has(name)));
}

/** Prefix and packed queries in one run. */
async function compileEmbedding(
  engine: Engine,
  { config, parameters }: Pick<EmbedderOptions, 'config' | 'parameters'>,
): Promise<Program> {
  const graph = createGraph();
  const lookup = parameterInputs(graph, dualTowerParameters(config));
  const prefix = userPrefix(graph, {
    config: config.users,
    parameters: lookup,
    textSource: 'tokens',
  });
  const queries = queryTokens(graph, lookup);
  const { hidden } = decoder(lookup, {
    config: config.decoder,
    embeddings: concat([prefix.embeddings, queries.embeddings], 1),
    layout: {
      segments: concat([prefix.layout.segments, queries.segments], 1),
      positions: concat([prefix.layout.positions, queries.positions], 1),
    },
    ...(config.lora && { lora: config.lora }),
  });
  graph.output('embeddings', embeddingsAt(graph, { hidden, parameters: lookup }));
  return engine.compile(graph, { weights: weightsOf(graph, parameters) });
}

/** Declares the packed queries' inputs. */
export function queryTokens(
  graph: Graph,
  parameters: ParameterLookup,
): { readonly embeddings: Tensor; readonly segments: Tensor; readonly positions: Tensor } {
  const input = (name: string): Tensor => graph.input(name, ['batch', 'suffix'], 'int64');
  return {
    embeddings: tokenEmbeddings(parameters, input(queryInputNames.tokens)),
    segments: input(queryInputNames.segments),
    positions: input(queryInputNames.positions),
  };
}

/** Normalised embeddings at the `<|user_emb|>` tokens, `[users * queries, output]`. */
export function embeddingsAt(
  graph: Graph,
  { hidden, parameters }: { readonly hidden: Tensor; readonly parameters: ParameterLookup },
): Tensor {
  const [batch, time, width] = hidden.shape;
  const index = graph.input(queryInputNames.embeddingIndex, ['embeddings'], 'int64');
  const rows = gather(reshape(hidden, [productOf(batch!, time!), width!]), index);
  return normalised(projectionHead(rows, parameters));
}
