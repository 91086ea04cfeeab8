import { decoder, nextTokenLogits } from '@q-anchor/backbone';
import type { Engine, State } from '@q-anchor/backend';
import { createGraph, gather, productOf, reshape, type TensorData } from '@q-anchor/graph';

import { queryInputNames } from '../embed/collate-queries.js';
import { pastFeeds, pastInputs, pastNames } from '../embed/past-inputs.js';
import {
  prefixBlock,
  type PrefixCache,
  type PrefixProgramOptions,
} from '../embed/prefix-programs.js';
import { queryTokens, weightsOf } from '../embed/query-graph.js';
import { dualTowerInputs } from '../model/inputs.js';
import { createOwnTokens, type OwnTokens } from './own-tokens.js';

/** The cached tokens behind the prefix, and those that a run reads. */
const [ownBlock, readBlock] = ['own', 'read'];

/** Index of the token whose logits are wanted, among those of a run. */
const lastInput = 'last';

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

/** Reads tokens behind prefixes. */
export interface StepProgram extends AsyncDisposable {
  /** Takes the prefix of one user to the engine, where it stays for all tokens. */
  begin(prefix: PrefixCache): Promise<Sequence>;
}

/**
 * Compiles the decoder behind a cached prefix and cached own tokens, with the output layer at one
 * token. One program reads queries and single tokens; no cached block is copied into another.
 *
 * @param engine - where to run
 * @param options - model and parameters
 */
export async function createStepProgram(
  engine: Engine,
  { config, parameters }: PrefixProgramOptions,
): Promise<StepProgram> {
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const tokens = queryTokens(graph, lookup);
  const { hidden, cache } = decoder(lookup, {
    config: config.decoder,
    embeddings: tokens.embeddings,
    layout: tokens,
    past: [prefixBlock, ownBlock].map((block) =>
      pastInputs(graph, { block, decoder: config.decoder }),
    ),
    ...(config.lora && { lora: config.lora }),
  });
  const [batch, time, width] = hidden.shape;
  const rows = reshape(hidden, [productOf(batch!, time!), width!]);
  const last = gather(rows, graph.input(lastInput, [1], 'int64'));
  graph.output('logits', nextTokenLogits(lookup, { config: config.decoder, hidden: last }));
  const names = pastNames(readBlock);
  for (const [layer, { keys, values }] of cache.entries()) {
    graph.output(names.keys(layer), keys);
    graph.output(names.values(layer), values);
  }
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
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
      ...pastFeeds(ownBlock, own.content),
      [queryInputNames.tokens]: row((i) => ids[i]!),
      [queryInputNames.segments]: row(() => 1),
      [queryInputNames.positions]: row((i) => own.nextPosition + i),
      [lastInput]: { dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(ids.length - 1)) },
    } as const;
    const outputs = await program.run(feeds, { state });
    const fresh = Array.from(cache.keys(), (layer) => ({
      keys: outputs[names.keys(layer)]!,
      values: outputs[names.values(layer)]!,
    }));
    own.append(fresh, ids.length);
    return outputs['logits']!.data as Float32Array;
  };
  return {
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
