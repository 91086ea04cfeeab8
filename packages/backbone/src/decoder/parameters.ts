import { createRandom, InputError, type Random } from '@q-anchor/core';
import type { FloatDType, Graph, QuantisedRows, Tensor, TensorData } from '@q-anchor/graph';

import { checkMatrix, quantisedNames, type QuantisedFormat } from '../quantised/format.js';
import { tensorsOf } from '../quantised/quantised-specs.js';
import type { AddedTokens } from './added-tokens.js';
import type { DecoderConfig } from './config.js';

/** What a parameter is: decides its start value and whether weight decay applies. */
export type ParameterKind = 'embedding' | 'matrix' | 'output-matrix' | 'norm' | 'bias';

/** A parameter before it has a value. */
export interface ParameterSpec {
  /** Sizes. */
  readonly shape: readonly number[];
  /** What it is. */
  readonly kind: ParameterKind;
  /** Where it starts if not where its kind does: at zero, or uniform in `1 / sqrt(inputs)` either way. */
  readonly start?: 'zero' | 'uniform';
  /** How it is quantised, if it is. */
  readonly quantised?: QuantisedFormat;
}

/** Parameters by name. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** Looks a parameter up by name. */
export interface ParameterLookup {
  /** The parameter of that name; throws an error if there is none. */
  (name: string): Tensor;
  /** Whether there is one of that name, plain; without it, all are taken to be. */
  readonly has?: (name: string) => boolean;
  /** The parts of a quantised parameter; nothing where it is plain. */
  readonly quantised?: (name: string) => QuantisedRows | undefined;
  /** The tokens whose embeddings stand in rows of their own; none by default. */
  readonly addedTokens?: AddedTokens | undefined;
}

/** The decoder's parameters under their names in Hugging Face checkpoints. */
export function decoderParameters(config: DecoderConfig): ParameterSpecs {
  const { width, heads, keyValueHeads, headSize, feedForwardSize, vocabularySize } = config;
  const specs: Record<string, ParameterSpec> = {
    'model.embed_tokens.weight': { shape: [vocabularySize, width], kind: 'embedding' },
  };
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const attention = `${prefix}.self_attn`;
    const sizes = { q: heads * headSize, k: keyValueHeads * headSize, v: keyValueHeads * headSize };
    specs[`${prefix}.input_layernorm.weight`] = { shape: [width], kind: 'norm' };
    for (const [name, size] of Object.entries(sizes)) {
      specs[`${attention}.${name}_proj.weight`] = { shape: [size, width], kind: 'matrix' };
      if (config.attentionBias) {
        specs[`${attention}.${name}_proj.bias`] = { shape: [size], kind: 'bias' };
      }
    }
    specs[`${attention}.o_proj.weight`] = { shape: [width, sizes.q], kind: 'output-matrix' };
    if (config.architecture === 'qwen3') {
      specs[`${attention}.q_norm.weight`] = { shape: [headSize], kind: 'norm' };
      specs[`${attention}.k_norm.weight`] = { shape: [headSize], kind: 'norm' };
    }
    specs[`${prefix}.post_attention_layernorm.weight`] = { shape: [width], kind: 'norm' };
    specs[`${prefix}.mlp.gate_proj.weight`] = { shape: [feedForwardSize, width], kind: 'matrix' };
    specs[`${prefix}.mlp.up_proj.weight`] = { shape: [feedForwardSize, width], kind: 'matrix' };
    specs[`${prefix}.mlp.down_proj.weight`] = {
      shape: [width, feedForwardSize],
      kind: 'output-matrix',
    };
  }
  specs['model.norm.weight'] = { shape: [width], kind: 'norm' };
  if (!config.tiedEmbeddings) {
    specs['lm_head.weight'] = { shape: [vocabularySize, width], kind: 'matrix' };
  }
  return specs;
}

/** How {@link initialParameters} draws. */
export interface InitialisationOptions {
  /** Seed of the draws. */
  readonly seed: number;
  /** Depth of the residual stream; output matrices start smaller by `sqrt(2 layers)`. Default 1. */
  readonly layers?: number;
  /** Standard deviation of embeddings. Default 0.05. */
  readonly embeddingDeviation?: number;
}

/**
 * Start values: norms 1, biases 0, embeddings normal, matrices normal with deviation
 * `1 / sqrt(inputs)`, those that write into the residual stream divided by `sqrt(2 layers)`; a
 * parameter with a `start` of its own there.
 *
 * A parameter's values depend on the seed and its name only.
 */
export function initialParameters(
  specs: ParameterSpecs,
  options: InitialisationOptions,
): Record<string, TensorData> {
  const { seed, layers = 1, embeddingDeviation = 0.05 } = options;
  const random = createRandom(seed);
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, kind, start }]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      const fanIn = 1 / Math.sqrt(shape.at(-1)!);
      const fill = (draw: (stream: Random) => number): void => {
        const stream = random.fork(name);
        for (let i = 0; i < data.length; i++) data[i] = draw(stream);
      };
      if (start === 'uniform') fill((stream) => (2 * stream.uniform() - 1) * fanIn);
      else if (kind === 'norm') data.fill(1);
      else if (kind !== 'bias' && start !== 'zero') {
        const deviations = {
          embedding: embeddingDeviation,
          matrix: fanIn,
          'output-matrix': fanIn / Math.sqrt(2 * layers),
        };
        const deviation = deviations[kind];
        fill((stream) => stream.normal() * deviation);
      }
      return [name, { dtype: 'float32', shape, data }];
    }),
  );
}

/**
 * Declares parameters as inputs of a graph; a quantised one as those that hold its parts.
 *
 * @param graph - the graph
 * @param specs - the parameters
 * @param options - `dtype`, default `float32`; the added tokens among the parameters, if any
 * @returns a lookup by name, and all of them; the lookup throws an {@link InputError} for a name
 * that was not declared
 */
export function parameterInputs(
  graph: Graph,
  specs: ParameterSpecs,
  options: {
    readonly dtype?: FloatDType;
    readonly addedTokens?: AddedTokens | undefined;
  } = {},
): ParameterLookup & { readonly tensors: ReadonlyMap<string, Tensor> } {
  const { dtype: floats = 'float32' } = options;
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, dtype }] of Object.entries(tensorsOf(specs))) {
    tensors.set(name, graph.input(name, shape, dtype === 'float32' ? floats : dtype));
  }
  const lookup = (name: string): Tensor => {
    const tensor = tensors.get(name);
    if (tensor) return tensor;
    const bits = specs[name]?.quantised?.bits;
    throw new InputError({
      where: `parameter '${name}'`,
      expected:
        bits === undefined ? `one of the ${tensors.size} declared` : 'a parameter as it is trained',
      found: bits === undefined ? 'an unknown name' : `one of ${bits} bits, for embedding alone`,
    });
  };
  return Object.assign(lookup, {
    tensors,
    has: (name: string) => tensors.has(name),
    quantised(name: string): QuantisedRows | undefined {
      const spec = specs[name];
      if (!spec?.quantised) return undefined;
      const names = quantisedNames(name, spec.quantised);
      const zeros = tensors.get(names.zeros);
      const [, columns] = checkMatrix(name, spec.shape);
      return {
        packed: lookup(names.packed),
        scales: lookup(names.scales),
        ...(zeros && { zeros }),
        bits: spec.quantised.bits,
        columns,
      };
    },
    addedTokens: options.addedTokens,
  });
}
