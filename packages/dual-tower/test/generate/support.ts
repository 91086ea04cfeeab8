import { decoder, nextTokenLogits, tokenEmbeddings } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import {
  dualTowerInputs,
  withQuestionMeans,
  type DualTowerConfig,
  type DualTowerModel,
} from '@q-anchor/dual-tower';
import { concat, createGraph, type TensorData } from '@q-anchor/graph';
import { collateUsers, userEmbeddingToken, userPrefix } from '@q-anchor/user-tokens';

import { tinyModel } from '../checkpoint/tiny-model.js';

/** The tiny model with other settings of its decoder, and logits that differ clearly. */
export function spreadModel(
  decoderChanges: Partial<DualTowerConfig['decoder']> = {},
): DualTowerModel {
  const { config } = tinyModel();
  const model = tinyModel({
    decoder: { ...config.decoder, layers: 2, tiedEmbeddings: false, ...decoderChanges },
  });
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, tensor]) => {
      const scale =
        name === 'model.embed_tokens.weight' && model.config.decoder.tiedEmbeddings ? 12 : 1;
      const data = (tensor.data as Float32Array).map((value) => value * scale);
      return [name, { ...tensor, data }];
    }),
  );
  return { ...model, parameters };
}

const row = (values: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape: [1, values.length],
  data: BigInt64Array.from(values, BigInt),
});

/**
 * The slow way: prefix and all tokens behind it in one run, nothing cached. Returns logits behind
 * each of the tokens.
 */
export async function createFullReader(
  engine: Engine,
  { config, parameters, collate }: DualTowerModel,
) {
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config);
  const prefix = userPrefix(graph, {
    config: config.users,
    parameters: lookup,
    textSource: 'tokens',
  });
  const input = (name: string) => graph.input(name, ['batch', 'suffix'], 'int64');
  const [tokenIds, segments, positions] = [input('tokens'), input('segments'), input('positions')];
  const tokens = withQuestionMeans(tokenEmbeddings(lookup, tokenIds), {
    ids: tokenIds,
    layout: { segments, positions },
    questionMean: config.questionMean,
  });
  const { hidden } = decoder(lookup, {
    config: config.decoder,
    embeddings: concat([prefix.embeddings, tokens], 1),
    layout: {
      segments: concat([prefix.layout.segments, segments], 1),
      positions: concat([prefix.layout.positions, positions], 1),
    },
    ...(config.lora && { lora: config.lora }),
  });
  graph.output('logits', nextTokenLogits(lookup, { config: config.decoder, hidden }));
  const names = new Set(graph.inputs.map(({ name }) => name));
  const weights = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => names.has(name)),
  );
  const program = await engine.compile(graph, { weights });
  return async (profile: UserProfile, ids: readonly number[]): Promise<Float32Array[]> => {
    const { feeds, prefixLengths } = collateUsers([profile], { config: config.users, ...collate });
    const start = prefixLengths[0]!;
    const { logits } = await program.run({
      ...feeds,
      tokens: row(ids),
      segments: row(ids.map(() => 1)),
      positions: row(ids.map((_, i) => start + i)),
    });
    const size = config.decoder.vocabularySize;
    return ids.map((_, i) =>
      (logits!.data as Float32Array).slice((start + i) * size, (start + i + 1) * size),
    );
  };
}

/** An engine that keeps what goes to it, and what logits come back. */
export function watchedEngine(engine: Engine) {
  const feeds: Tensors[] = [];
  const states: Tensors[] = [];
  const logits: Float32Array[] = [];
  const watched: Engine = {
    ...engine,
    createState: (initial) => {
      states.push(initial);
      return engine.createState(initial);
    },
    compile: async (graph, options) => {
      const program = await engine.compile(graph, options);
      return {
        ...program,
        async run(given, lent) {
          const outputs = await program.run(given, lent);
          if (outputs['logits']) {
            feeds.push(given);
            logits.push((outputs['logits'].data as Float32Array).slice());
          }
          return outputs;
        },
      };
    },
  };
  return { engine: watched, feeds, states, logits };
}

/** Token ids of a query as the anchor tower reads it. */
export const queryIdsOf = ({ collate: { tokenizer } }: DualTowerModel, query: string): number[] => [
  ...tokenizer.encode(query),
  tokenizer.specialId(userEmbeddingToken),
];
