import { fileURLToPath } from 'node:url';

import { afterAll } from 'vitest';

import {
  decoder,
  decoderParameters,
  loraParameters,
  parameterInputs,
  tokenEmbeddings,
  type DecoderConfig,
  type LoraConfig,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  arrayFrom,
  createGraph,
  type DType,
  type FloatDType,
  type TensorData,
} from '@q-anchor/graph';

export { relativeError } from '../../../../core/test/support/relative-error.js';

/** One thread, so that a test's numbers do not depend on the machine. */
export const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

/** A place below the project's goldens. */
export const goldenPath = (name: string): string =>
  fileURLToPath(new URL(`../../../../../tooling/goldens/${name}`, import.meta.url));

/** Small decoders of both kinds, of sizes that do not follow from one another. */
export const configs: Readonly<Record<'qwen2' | 'qwen3', DecoderConfig>> = {
  qwen2: {
    architecture: 'qwen2',
    vocabularySize: 30,
    width: 20,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    headSize: 6,
    feedForwardSize: 28,
    normEpsilon: 1e-6,
    rotaryBase: 10000,
    tiedEmbeddings: true,
    attentionBias: true,
    maxPositions: 64,
  },
  qwen3: {
    architecture: 'qwen3',
    vocabularySize: 26,
    width: 16,
    layers: 3,
    heads: 3,
    keyValueHeads: 3,
    headSize: 8,
    feedForwardSize: 20,
    normEpsilon: 1e-5,
    rotaryBase: 1e6,
    tiedEmbeddings: false,
    attentionBias: false,
    maxPositions: 64,
  },
};

/** Numbers as a tensor. */
export const tensorOf = (
  dtype: DType,
  [shape, values]: readonly [readonly number[], ArrayLike<number>],
): TensorData => ({ dtype, shape, data: arrayFrom(dtype, values) });

/** A tensor's elements as numbers. */
export const numbersOf = ({ data }: TensorData): number[] => Array.from(data, Number);

/** Every parameter drawn at random, norms and biases too, so that each of them matters. */
export function drawnWeights(
  specs: ParameterSpecs,
  { seed = 1, dtype }: { readonly seed?: number; readonly dtype: FloatDType },
): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, kind }]) => {
      const random = createRandom(seed).fork(name);
      const count = shape.reduce((a, b) => a * b, 1);
      const scale = shape.length === 1 ? 0.3 : shape.at(-1)! ** -0.5;
      const values = Array.from({ length: count }, () =>
        Math.fround((kind === 'norm' ? 1 : 0) + scale * random.normal()),
      );
      return [name, tensorOf(dtype, [shape, values])];
    }),
  );
}

/** Tokens of a batch: ids, and where they belong; segment -1 is padding. */
interface Tokens {
  readonly ids: readonly (readonly number[])[];
  /** Default 0. */
  readonly segments?: readonly (readonly number[])[];
  /** Default 0, 1, 2, ... */
  readonly positions?: readonly (readonly number[])[];
}

/** What a run made, and what the next one needs to read it as a cached prefix. */
export interface DecoderRun {
  /** By sequence and position. */
  readonly hidden: readonly (readonly (readonly number[])[])[];
  /** Probabilities by layer, block of keys, sequence, head, query, key, all in one list. */
  readonly attention: readonly (readonly (readonly number[])[])[];
  /** Keys and values by layer under `past keys 0`, ..., and the layout. */
  readonly past: Tensors;
}

/** How {@link run} runs. */
export interface RunOptions {
  readonly config: DecoderConfig;
  readonly weights: Tensors;
  readonly tokens: Tokens;
  readonly dtype: FloatDType;
  /** Blocks of cached tokens. */
  readonly past?: readonly Tensors[];
  readonly lora?: LoraConfig;
  readonly joinsPast?: boolean;
}

/** Runs a decoder, on a cached prefix if one is given. */
export async function run(options: RunOptions): Promise<DecoderRun> {
  const { config, weights, tokens, dtype, past = [], lora, joinsPast } = options;
  const shape = [tokens.ids.length, tokens.ids[0]!.length];
  const layoutTensor = (rows: readonly (readonly number[])[]): TensorData =>
    tensorOf('int64', [shape, rows.flat()]);
  const segments = layoutTensor(tokens.segments ?? tokens.ids.map((row) => row.map(() => 0)));
  const positions = layoutTensor(tokens.positions ?? tokens.ids.map((row) => row.map((_, t) => t)));

  const graph = createGraph();
  const modelSpecs = decoderParameters(config);
  const specs = { ...modelSpecs, ...(lora && loraParameters(modelSpecs, lora)) };
  const parameters = parameterInputs(graph, specs, { dtype });
  const input = (name: string, tensor: TensorData) => graph.input(name, tensor.shape, tensor.dtype);
  const made = decoder(parameters, {
    config,
    embeddings: tokenEmbeddings(parameters, input('ids', layoutTensor(tokens.ids))),
    layout: { segments: input('segments', segments), positions: input('positions', positions) },
    ...(lora && { lora }),
    ...(joinsPast !== undefined && { joinsPast }),
    past: past.map((block, i) => {
      const cached = (name: string) => input(`${name} of block ${i}`, block[name]!);
      return {
        layout: { segments: cached('past segments'), positions: cached('past positions') },
        layers: Array.from({ length: config.layers }, (_, layer) => ({
          keys: cached(`past keys ${layer}`),
          values: cached(`past values ${layer}`),
        })),
      };
    }),
  });
  graph.output('hidden', made.hidden);
  for (const [layer, { keys, values }] of made.cache.entries()) {
    graph.output(`keys ${layer}`, keys);
    graph.output(`values ${layer}`, values);
    for (const [block, probabilities] of made.attention[layer]!.entries()) {
      graph.output(`attention ${layer} ${block}`, probabilities);
    }
  }
  await using program = await engine.compile(graph);
  const outputs = await program.run({
    ...weights,
    ...Object.fromEntries(
      past.flatMap((block, i) =>
        Object.entries(block).map(([name, tensor]) => [`${name} of block ${i}`, tensor]),
      ),
    ),
    ids: layoutTensor(tokens.ids),
    segments,
    positions,
  });
  const flat = numbersOf(outputs['hidden']!);
  const layers = [...made.cache.keys()];
  return {
    hidden: tokens.ids.map((row, b) =>
      row.map((_, t) => {
        const start = (b * row.length + t) * config.width;
        return flat.slice(start, start + config.width);
      }),
    ),
    attention: layers.map((layer) =>
      made.attention[layer]!.map((_, block) => numbersOf(outputs[`attention ${layer} ${block}`]!)),
    ),
    past: {
      'past segments': segments,
      'past positions': positions,
      ...Object.fromEntries(
        layers.flatMap((layer) =>
          ['keys', 'values'].map((kind) => [`past ${kind} ${layer}`, outputs[`${kind} ${layer}`]!]),
        ),
      ),
    },
  };
}

/** Token ids drawn at random. */
export function drawnIds(
  count: number,
  { config, seed }: { readonly config: DecoderConfig; readonly seed: number },
): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.integer(config.vocabularySize));
}
