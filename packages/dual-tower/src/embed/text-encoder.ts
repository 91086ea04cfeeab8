import type { Engine, Weights } from '@q-anchor/backend';
import { digestOf, type Digestible } from '@q-anchor/core';
import { createGraph, isStored } from '@q-anchor/graph';
import {
  createEventEmbeddingCache,
  textEncoderOf,
  type EventEmbeddingCache,
  type EventEmbeddingStore,
  type TextTokenizer,
} from '@q-anchor/user-tokens';

import type { DualTowerConfig } from '../model/config.js';
import { dualTowerInputs } from '../model/inputs.js';
import { dualTowerParameters } from '../model/parameters.js';
import { weightsOf } from './query-graph.js';

/** Name of the one group of texts. */
const group = 'all';

/** A model's text encoder alone, behind a cache. */
export interface TextEncoderProgram extends AsyncDisposable {
  /** Embeddings of event texts by content. */
  readonly cache: EventEmbeddingCache;
}

/** What {@link createTextEncoder} is given. */
export interface TextEncoderProgramOptions {
  /** The model. */
  readonly config: DualTowerConfig;
  /** Its parameters. */
  readonly parameters: Weights;
  /** Its tokenizers. */
  readonly collate: {
    readonly tokenizer: TextTokenizer;
    readonly textTokenizer?: TextTokenizer | undefined;
  };
  /** Embeddings kept. */
  readonly maxEntries: number;
  /** Where they are kept beyond this program's end. None by default. */
  readonly store?: EventEmbeddingStore | undefined;
}

/**
 * Compiles the text encoder, the part of a model that is the same for an event of any user, and
 * puts a cache in front of it. Distinct texts are encoded in runs, of like length where padding costs.
 *
 * @param engine - where to run
 * @param options - model, its parameters, tokenizers, embeddings kept
 */
export async function createTextEncoder(
  engine: Engine,
  options: TextEncoderProgramOptions,
): Promise<TextEncoderProgram> {
  const { config, parameters, collate, maxEntries } = options;
  const { eventWidth } = config.users;
  const encoder = textEncoderOf(config.users);
  const read = new Set([...Object.keys(encoder.parameters), ...encoder.shared]);
  const specs = Object.entries(dualTowerParameters(config)).filter(([name]) => read.has(name));
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, {
    specs: Object.fromEntries(specs),
    weights: parameters,
  });
  const [embeddings] = encoder.embed(graph, { parameters: lookup, groups: [group] });
  graph.output('embeddings', embeddings!);
  const weights = weightsOf(graph, parameters);
  const program = await engine.compile(graph, { weights });

  const cache = createEventEmbeddingCache({
    encoderDigest: digestOf([config.users.textEncoder ?? null, contentOf(weights)] as Digestible),
    maxEntries,
    store: options.store,
    async encode(texts, maxTokens) {
      const ids = texts.map((text) => encoder.tokenIds(text, { ...collate, maxTokens }));
      const out = new Float32Array(texts.length * eventWidth);
      for (const run of encoder.runs(ids.map((list) => list.length))) {
        const feeds = encoder.feeds([{ name: group, texts: run.map((index) => ids[index]!) }]);
        const { data } = (await program.run(feeds))['embeddings']!;
        for (const [row, index] of run.entries()) {
          const embedding = data.subarray(row * eventWidth, (row + 1) * eventWidth);
          out.set(embedding as Float32Array, index * eventWidth);
        }
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

/** What tells weights apart as long as the files that hold them do not change. */
const contentOf = (weights: Weights): Record<string, Digestible> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [
      name,
      isStored(weight) ? { ...weight.file } : weight.data,
    ]),
  );
