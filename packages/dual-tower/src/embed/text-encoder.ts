import { parameterInputs } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
import { digestOf, InputError } from '@q-anchor/core';
import { createGraph, gather, matmul } from '@q-anchor/graph';
import {
  createEventEmbeddingCache,
  encoderNames,
  tokenBags,
  userTokensParameters,
  type EventEmbeddingCache,
  type TextTokenizer,
} from '@q-anchor/user-tokens';

import type { DualTowerConfig } from '../model/config.js';
import { weightsOf } from './query-graph.js';

/** Texts a run: bounds the matrix of token weights. */
const textsPerRun = 1024;

/** The token-bag text encoder alone, behind a cache. */
export interface TextEncoder extends AsyncDisposable {
  /** Embeddings of event texts by content. */
  readonly cache: EventEmbeddingCache;
}

/**
 * Compiles the text encoder, the part of a model that is the same for an event of any user, and
 * puts a cache in front of it.
 *
 * @param engine - where to run
 * @param options - model, its parameters, tokenizer, embeddings kept
 */
export async function createTextEncoder(
  engine: Engine,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: Tensors;
    readonly tokenizer: TextTokenizer;
    readonly maxEntries: number;
  },
): Promise<TextEncoder> {
  const { config, parameters, tokenizer, maxEntries } = options;
  const table = parameters[encoderNames.text];
  if (!table) {
    throw new InputError({
      where: `parameter '${encoderNames.text}'`,
      expected: 'the table of token embeddings',
      found: 'nothing',
    });
  }
  const graph = createGraph();
  const lookup = parameterInputs(graph, userTokensParameters(config.users));
  const rows = gather(lookup(encoderNames.text), graph.input('tokens', ['tokens'], 'int64'));
  graph.output('embeddings', matmul([graph.input('weights', ['texts', 'tokens']), rows]));
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });

  const cache = createEventEmbeddingCache({
    encoderDigest: digestOf(table.data),
    maxEntries,
    async encode(texts, maxTokens) {
      const out = new Float32Array(texts.length * config.users.eventWidth);
      for (let start = 0; start < texts.length; start += textsPerRun) {
        const chosen = texts.slice(start, start + textsPerRun);
        const ids = chosen.map((text) => tokenizer.encode(text).slice(0, maxTokens));
        const { tokens, weights } = tokenBags(ids);
        const shape = [chosen.length, tokens.shape[0]!];
        const { embeddings } = await program.run({
          tokens,
          weights: { dtype: 'float32', shape, data: weights },
        });
        out.set(embeddings!.data as Float32Array, start * config.users.eventWidth);
      }
      return out;
    },
  });
  return {
    cache,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}
