import { tokenEmbeddings } from '@q-anchor/backbone';
import type { Engine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import { dualTowerInputs, queryTokenIds, type ServedModel } from '@q-anchor/dual-tower';
import { createGraph, type TensorData } from '@q-anchor/graph';
import { userEmbeddingToken } from '@q-anchor/user-tokens';

import { frozenWeights } from '../model/prompted-tower.js';

/** Deviation of a prompt's start from its token, in deviations of the tokens. */
const noise = 0.1;

/**
 * Start values of soft prompts: embeddings of the query's tokens, evenly chosen if there are more of
 * them, repeated if fewer, and a little noise, so that no two are equal. For no query they start at
 * `<|user_emb|>`.
 *
 * @param engine - where to run
 * @param options - model, query, how many prompts, seed of the noise
 * @returns float32 `[promptTokens, D]`
 */
export async function initialPrompts(
  engine: Engine,
  options: {
    readonly model: ServedModel;
    readonly query: string;
    readonly promptTokens: number;
    readonly seed: number;
  },
): Promise<TensorData> {
  const { model, query, promptTokens, seed } = options;
  const { config, parameters, collate } = model;
  const [ids] = queryTokenIds([query], { config, tokenizer: collate.tokenizer });
  const known = ids!.length > 0 ? ids! : [collate.tokenizer.specialId(userEmbeddingToken)];
  const chosen = Array.from({ length: promptTokens }, (_, i) =>
    known.length > promptTokens
      ? known[Math.floor((i * known.length) / promptTokens)]!
      : known[i % known.length]!,
  );
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  graph.output('rows', tokenEmbeddings(lookup, graph.input('ids', ['prompts'], 'int64')));
  await using program = await engine.compile(graph, { weights: frozenWeights(graph, parameters) });
  const data = BigInt64Array.from(chosen, BigInt);
  const outputs = await program.run({ ids: { dtype: 'int64', shape: [promptTokens], data } });
  const rows = outputs['rows']!.data as Float32Array;
  const deviation = Math.sqrt(rows.reduce((sum, value) => sum + value ** 2, 0) / rows.length);
  const random = createRandom(seed).fork('prompts');
  return {
    dtype: 'float32',
    shape: [promptTokens, config.decoder.width],
    data: rows.map((value) => value + noise * deviation * random.normal()),
  };
}
