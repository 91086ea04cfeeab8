import { nextTokenLogits } from '@q-anchor/backbone';
import type { Engine, State } from '@q-anchor/backend';
import { createGraph, gather, productOf, reshape, type TensorData } from '@q-anchor/graph';

import type { ServedModel } from '../checkpoint/model.js';
import { noQueries, queryInputNames } from '../embed/collate-queries.js';
import { givenFeeds, nothingGiven } from '../embed/given-tokens.js';
import { noPast, pastFeeds } from '../embed/past-inputs.js';
import { prefixBlock, type PrefixCache } from '../embed/prefix-cache.js';
import { weightsOf } from '../embed/query-graph.js';
import { readPrefix } from '../embed/read-prefix.js';
import { readingGraph } from '../embed/reading-graph.js';
import type { UserTokens } from '../embed/user-encoder.js';
import { dualTowerInputs } from '../model/inputs.js';
import { createOwnTokens, type OwnTokens } from './own-tokens.js';

/** The cached tokens behind the prefix. */
const ownBlock = 'own';

/** Indices of the tokens whose logits are wanted, among those of a run. */
const lastInput = 'last';

const lastAt = (...indices: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape: [indices.length],
  data: BigInt64Array.from(indices, BigInt),
});

/** A prefix, and the tokens that were read behind it. */
interface Sequence extends AsyncDisposable {
  /** The position of the next token. */
  readonly nextPosition: number;
  /**
   * Reads the next tokens.
   *
   * @param ids - at least one: the query at first, then each token that was chosen
   * @returns logits of the token that follows
   */
  read(ids: readonly number[]): Promise<Float32Array>;
}

/** Reads prefixes, and tokens behind them. */
export interface StepProgram extends AsyncDisposable {
  /** Reads prefixes. */
  encode(users: UserTokens): Promise<PrefixCache>;
  /** Takes the prefix of one user to the engine, where it stays for all tokens. */
  begin(prefix: PrefixCache): Promise<Sequence>;
}

/**
 * Compiles the decoder behind a cached prefix and cached own tokens, with the output layer at one
 * token. One program reads prefixes, queries and single tokens; no cached block is copied into another.
 *
 * @param engine - where to run
 * @param options - model and parameters
 */
export async function createStepProgram(
  engine: Engine,
  { config, parameters }: Pick<ServedModel, 'config' | 'parameters'>,
): Promise<StepProgram> {
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const reading = readingGraph(graph, {
    config,
    parameters: lookup,
    blocks: [{ block: prefixBlock }, { block: ownBlock }],
    // Single tokens are read most of the time.
    joinsPast: false,
  });
  const { hidden } = reading;
  const [batch, time, width] = hidden.shape;
  const rows = reshape(hidden, [productOf(batch!, time!), width!]);
  const last = gather(rows, graph.input(lastInput, ['wanted'], 'int64'));
  graph.output('logits', nextTokenLogits(lookup, { config: config.decoder, hidden: last }));
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  const nothing = givenFeeds(nothingGiven(1, config.decoder.width));
  const read = async (
    ids: readonly number[],
    { own, state }: { readonly own: OwnTokens; readonly state: State },
  ): Promise<Float32Array> => {
    const row = (valueAt: (index: number) => number): TensorData => ({
      dtype: 'int64',
      shape: [1, ids.length],
      data: BigInt64Array.from(ids, (_, i) => BigInt(valueAt(i))),
    });
    const feeds = {
      ...nothing,
      ...pastFeeds(ownBlock, own.content),
      [queryInputNames.tokens]: row((i) => ids[i]!),
      [queryInputNames.segments]: row(() => 1),
      [queryInputNames.positions]: row((i) => own.nextPosition + i),
      [lastInput]: lastAt(ids.length - 1),
    } as const;
    const outputs = await program.run(feeds, { state });
    own.append(reading.layersIn(outputs), ids.length);
    return outputs['logits']!.data as Float32Array;
  };
  return {
    encode: (users) =>
      readPrefix(users, {
        decoder: config.decoder,
        read: async (part, past) => {
          const count = users.prefixLengths.length;
          const feeds = {
            ...givenFeeds(part),
            ...pastFeeds(prefixBlock, past),
            ...pastFeeds(ownBlock, noPast(config.decoder, count)),
            ...noQueries(count),
            [lastInput]: lastAt(),
          };
          return reading.layersIn(await program.run(feeds, { outputs: reading.cacheOutputs }));
        },
      }),
    async begin(prefix) {
      const own = createOwnTokens(config.decoder, prefix.prefixLengths[0]!);
      const state = await engine.createState(pastFeeds(prefixBlock, prefix));
      return {
        get nextPosition() {
          return own.nextPosition;
        },
        read: (ids) => read(ids, { own, state }),
        [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
      };
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}
