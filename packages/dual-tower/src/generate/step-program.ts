import { decoder, nextTokenLogits } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
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
import type { OwnTokens } from './own-tokens.js';

/** The cached tokens behind the prefix, and those that a run reads. */
const [ownBlock, readBlock] = ['own', 'read'];

/** Index of the token whose logits are wanted, among those of a run. */
const lastInput = 'last';

/** Reads tokens behind a prefix. */
export interface StepProgram extends AsyncDisposable {
  /**
   * Reads the next tokens of a sequence.
   *
   * @param ids - at least one: the query at first, then each token that was chosen
   * @param sequence - a prefix of one user, and what was read behind it, which grows
   * @returns logits of the token that follows
   */
  read(
    ids: readonly number[],
    sequence: { readonly prefix: PrefixCache; readonly own: OwnTokens },
  ): Promise<Float32Array>;
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
  const lookup = dualTowerInputs(graph, config);
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
  return {
    async read(ids, { prefix, own }) {
      const count = ids.length;
      const rowOf = (valueAt: (index: number) => number): TensorData => ({
        dtype: 'int64',
        shape: [1, count],
        data: BigInt64Array.from({ length: count }, (_, i) => BigInt(valueAt(i))),
      });
      const start = own.nextPosition;
      const outputs: Tensors = await program.run({
        ...pastFeeds(prefixBlock, prefix),
        ...pastFeeds(ownBlock, own.content),
        [queryInputNames.tokens]: rowOf((i) => ids[i]!),
        [queryInputNames.segments]: rowOf(() => 1),
        [queryInputNames.positions]: rowOf((i) => start + i),
        [lastInput]: { dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(count - 1)) },
      });
      const fresh = Array.from({ length: config.decoder.layers }, (_, layer) => ({
        keys: outputs[names.keys(layer)]!,
        values: outputs[names.values(layer)]!,
      }));
      own.append(fresh, count);
      return outputs['logits']!.data as Float32Array;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}
