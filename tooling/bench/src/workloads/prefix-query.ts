import {
  decoderParameters,
  quantise,
  quantisedFormats,
  type DecoderConfig,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import type { TensorData } from '@q-anchor/graph';

import { cacheNames, readingGraph } from './reading-graph.js';
import { float32Tensor, int64Tensor, scatteredTensor } from './tensors.js';
import type {
  PrefixQueryShape,
  PreparedWorkload,
  QuantisedWeights,
  RunOptions,
} from './workload.js';

const configOf = (shape: PrefixQueryShape): DecoderConfig => ({
  architecture: 'qwen2',
  vocabularySize: 1, // embeddings are fed, so the table is left out
  width: shape.width,
  layers: shape.layers,
  heads: shape.heads,
  keyValueHeads: shape.keyValueHeads,
  headSize: shape.headSize,
  feedForwardSize: shape.feedForward,
  normEpsilon: 1e-6,
  rotaryBase: 1e6,
  tiedEmbeddings: true,
  attentionBias: false,
  maxPositions: shape.prefixTokens + shape.queryTokens,
});

function frozenSpecs(config: DecoderConfig): ParameterSpecs {
  const { 'model.embed_tokens.weight': _, ...specs } = decoderParameters(config);
  return specs;
}

function frozenWeights(
  config: DecoderConfig,
  precision: QuantisedWeights | undefined,
): Record<string, TensorData> {
  const weights: Record<string, TensorData> = {};
  for (const [i, [name, { shape, kind }]] of Object.entries(frozenSpecs(config)).entries()) {
    const drawn = (): TensorData => scatteredTensor(shape, { scale: 0.02, seed: i });
    if (kind === 'norm') {
      weights[name] = float32Tensor(shape, new Float32Array(shape[0]!).fill(1));
    } else if (precision === undefined) weights[name] = drawn();
    else {
      const format = quantisedFormats[precision];
      Object.assign(weights, quantise(name, drawn(), format));
    }
  }
  return weights;
}

function feedsOf(shape: PrefixQueryShape): Tensors {
  const { width, prefixTokens, queryTokens, queries, keyValueHeads, headSize, layers } = shape;
  const tokens = queryTokens * queries;
  const hasPast = prefixTokens > 0;
  const feeds: Record<string, TensorData> = {
    embeddings: scatteredTensor([1, tokens, width]),
    // A prefix is segment 0, the queries behind it are 1, 2, ...
    ownSegments: int64Tensor([1, tokens], (i) => (hasPast ? 1 + Math.floor(i / queryTokens) : 0)),
    ownPositions: int64Tensor([1, tokens], (i) => prefixTokens + (i % queryTokens)),
  };
  if (!hasPast) return feeds;
  feeds['pastSegments'] = int64Tensor([1, prefixTokens], () => 0);
  feeds['pastPositions'] = int64Tensor([1, prefixTokens], (i) => i);
  for (let i = 0; i < layers; i++) {
    const { keys, values } = cacheNames(i);
    feeds[keys] = scatteredTensor([1, keyValueHeads, prefixTokens, headSize]);
    feeds[values] = scatteredTensor([1, keyValueHeads, prefixTokens, headSize]);
  }
  return feeds;
}

/**
 * A decoder reading tokens with its weights frozen into the program: a prefix, or queries against
 * a prefix's cached keys and values.
 *
 * @param shape - sizes
 * @param options - threads, precision of the weights, and whether to profile
 */
export async function preparePrefixQuery(
  shape: PrefixQueryShape,
  { profile = false, weights: precision, ...engineOptions }: RunOptions = {},
): Promise<PreparedWorkload> {
  const config = configOf(shape);
  const engine = createOnnxEngine(engineOptions);
  const weights = frozenWeights(config, precision);
  const graph = readingGraph(config, {
    specs: frozenSpecs(config),
    weights,
    hasPast: shape.prefixTokens > 0,
    givesCache: shape.prefixTokens === 0,
  });
  const program = await engine.compile(graph, { weights, profile });
  const feeds = feedsOf(shape);
  return {
    run: async () => void (await program.run(feeds)),
    endProfile: () => program.endProfile(),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
