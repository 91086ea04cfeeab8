import { decoder, type ParameterLookup } from '@q-anchor/backbone';
import type { Weights } from '@q-anchor/backend';
import { prefixInputs, type DualTowerConfig } from '@q-anchor/dual-tower';
import { concat, gather, type Graph, type Tensor } from '@q-anchor/graph';

import { promptedInputNames } from './prompted-input-names.js';
import { questionTokens } from './question-tokens.js';
import { askedTokens, scenarioEmbeddings } from './scenario-embeddings.js';

/**
 * The anchor tower behind a cached prefix, with soft prompt tokens before each question:
 * `[prefix] | prompts, question, <|user_emb|> | prompts, question, <|user_emb|> | ...`. Nothing in the
 * prefix depends on prompts or questions, and no question sees another.
 *
 * @param graph - the graph; inputs are the prefixes' and {@link promptedInputNames}
 * @param options - model, parameters, prompts `[prompts, D]`
 * @returns one vector a user, `[batch, output]`: the mean of its questions' embeddings of length 1
 */
export function promptedTower(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly prompts: Tensor;
  },
): Tensor {
  const { config, parameters, prompts } = options;
  const tokens = questionTokens(graph, options);
  const rows = graph.input(promptedInputNames.rows, ['asked'], 'int64');
  const asked = askedTokens(graph, gather(concat([prompts, tokens], 0), rows));
  const { hidden } = decoder(parameters, {
    config: config.decoder,
    ...asked,
    past: [prefixInputs(graph, config.decoder)],
    ...(config.lora && { lora: config.lora }),
  });
  return scenarioEmbeddings(graph, { config, hidden, parameters });
}

/** Only parameters that a graph has as inputs can be embedded in it. */
export function frozenWeights(graph: Graph, parameters: Weights): Weights {
  const names = new Set(graph.inputs.map((input) => input.name));
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => names.has(name)));
}
