import type { Engine } from '@q-anchor/backend';
import {
  dualTowerInputs,
  normalised,
  prefixFeeds,
  type PrefixCache,
  type ServedModel,
} from '@q-anchor/dual-tower';
import { createGraph, type TensorData } from '@q-anchor/graph';

import { collatePrompted } from '../model/collate-prompted.js';
import { frozenWeights, promptedTower } from '../model/prompted-tower.js';

/** A query with soft prompts before it. */
export interface PromptedQuery {
  /** The query's text. */
  readonly query: string;
  /** Soft prompts, float32 `[prompts, D]`, at least one. */
  readonly prompts: TensorData;
}

/** Embeds users for prompted queries, on cached prefixes. */
export interface PromptRunner extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /**
   * Embeddings of cached users for one prompted query.
   *
   * @param cache - encoded prefixes, of any scenario: they depend on none
   * @param asked - prompts and query
   * @returns `[users, dimensions]`, rows of length 1
   * @throws {@link @q-anchor/core#InputError} if the query has more tokens than those of training
   */
  embed(cache: PrefixCache, asked: PromptedQuery): Promise<Float32Array>;
}

const promptsInput = 'prompts';

/**
 * Compiles a model for prompted queries on cached prefixes. Prompts are fed, so that one program
 * serves all scenarios.
 *
 * @param engine - where to run
 * @param model - the model
 */
export async function createPromptRunner(
  engine: Engine,
  { config, parameters, collate }: ServedModel,
): Promise<PromptRunner> {
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const prompts = graph.input(promptsInput, ['prompts', config.decoder.width]);
  const embeddings = promptedTower(graph, { config, parameters: lookup, prompts });
  graph.output('embeddings', normalised(embeddings));
  const program = await engine.compile(graph, { weights: frozenWeights(graph, parameters) });
  return {
    dimensions: config.head.output,
    async embed(cache, asked) {
      const { prefixLengths } = cache;
      const promptTokens = asked.prompts.shape[0]!;
      const { tokenizer } = collate;
      const outputs = await program.run({
        ...prefixFeeds(cache),
        ...collatePrompted(asked.query, { config, tokenizer, promptTokens, prefixLengths }),
        [promptsInput]: asked.prompts,
      });
      return outputs['embeddings']!.data as Float32Array;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}
