import {
  decoder,
  decoderParameters,
  initialParameters,
  outputWeight,
  parameterInputs,
  tokenEmbeddings,
  type DecoderConfig,
} from '@q-anchor/backbone';
import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import {
  adamW,
  createGraph,
  gradients,
  linearCrossEntropy,
  productOf,
  reshape,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import { idModulus } from './shape-text.js';
import { float32Tensor, int64Tensor } from './tensors.js';
import type { PreparedWorkload, RunOptions, TrainStepShape } from './workload.js';

const betas = [0.9, 0.98] as const;
const learningRate = 1e-3;

const configOf = (shape: TrainStepShape): DecoderConfig => ({
  architecture: 'qwen2',
  vocabularySize: shape.vocabulary,
  width: shape.width,
  layers: shape.layers,
  heads: shape.heads,
  keyValueHeads: shape.keyValueHeads,
  headSize: shape.width / shape.heads,
  feedForwardSize: shape.feedForward,
  normEpsilon: 1e-6,
  rotaryBase: 1e6,
  tiedEmbeddings: true,
  attentionBias: false,
  maxPositions: shape.length,
});

const companions = {
  next: (name: string): string => `${name}#next`,
  moment1: (name: string): string => `${name}#moment1`,
  moment2: (name: string): string => `${name}#moment2`,
};

/** The whole step as one graph, and which of its outputs go back into the state. */
function stepGraph(config: DecoderConfig): { graph: Graph; updates: Record<string, string> } {
  const graph = createGraph();
  const specs = decoderParameters(config);
  const rows = productOf('batch', 'time');
  const ids = graph.input('ids', ['batch', 'time'], 'int64');
  const layout = {
    segments: graph.input('segments', ['batch', 'time'], 'int64'),
    positions: graph.input('positions', ['batch', 'time'], 'int64'),
  };
  const labels = graph.input('labels', [rows], 'int64');
  const rowWeights = graph.input('rowWeights', [rows]);
  const parameters = parameterInputs(graph, specs);
  const { hidden } = decoder(parameters, {
    config,
    embeddings: tokenEmbeddings(parameters, ids),
    layout,
  });
  const loss = linearCrossEntropy(reshape(hidden, [rows, config.width]), {
    weight: outputWeight(parameters, config),
    labels,
    rowWeights,
  });
  graph.output('loss', loss);

  const names = Object.keys(specs);
  const values = names.map((name) => parameters(name));
  const gradientOf = gradients(loss, values);
  const optimised = adamW(
    names.map((name, i) => ({
      value: values[i]!,
      gradient: gradientOf[i]!,
      moment1: graph.input(companions.moment1(name), specs[name]!.shape),
      moment2: graph.input(companions.moment2(name), specs[name]!.shape),
      decays: false,
    })),
    {
      learningRate: graph.input('learningRate', []),
      correction1: graph.input('correction1', []),
      correction2: graph.input('correction2', []),
      betas,
      epsilon: 1e-6,
      weightDecay: 0,
    },
  );
  const updates: Record<string, string> = {};
  const update = (name: string, tensor: Tensor): void => {
    graph.output(companions.next(name), tensor);
    updates[companions.next(name)] = name;
  };
  for (const [i, name] of names.entries()) {
    const { value, moment1, moment2 } = optimised.updates[i]!;
    update(name, value);
    update(companions.moment1(name), moment1);
    update(companions.moment2(name), moment2);
  }
  return { graph, updates };
}

function initialState(config: DecoderConfig): Record<string, TensorData> {
  const specs = decoderParameters(config);
  const state: Record<string, TensorData> = initialParameters(specs, {
    seed: 1,
    layers: config.layers,
    embeddingDeviation: 0.02,
  });
  for (const name of Object.keys(specs)) {
    for (const moment of [companions.moment1, companions.moment2]) {
      const { shape, data } = state[name]!;
      state[moment(name)] = float32Tensor(shape, new Float32Array(data.length));
    }
  }
  return state;
}

const idAt = (index: number): number => (index * 7919 + 13) % idModulus;

const scalar = (value: number): TensorData => float32Tensor([], Float32Array.of(value));

/** The same batch at each step: what PyTorch's twin reads. */
function batchFeeds({ batch, length }: TrainStepShape): Tensors {
  const count = batch * length;
  return {
    ids: int64Tensor([batch, length], idAt),
    labels: int64Tensor([count], (i) => (idAt(i) * 3 + 1) % idModulus),
    segments: int64Tensor([batch, length], () => 0),
    positions: int64Tensor([batch, length], (i) => i % length),
    rowWeights: float32Tensor([count], new Float32Array(count).fill(1 / count)),
  };
}

/** A training step ready to run, with the loss of each step for tests. */
export interface PreparedTrainStep extends PreparedWorkload {
  /** Losses of the steps so far, in nats a token. */
  readonly losses: readonly number[];
}

/**
 * A decoder's training step: forward, backward and AdamW as one program, tied embeddings, no
 * biases, mean cross-entropy over every position, parameters kept in the engine's state.
 *
 * @param shape - sizes
 * @param options - threads, and whether to profile
 */
export async function prepareTrainStep(
  shape: TrainStepShape,
  { profile = false, ...engineOptions }: RunOptions = {},
): Promise<PreparedTrainStep> {
  const config = configOf(shape);
  const engine = createOnnxEngine(engineOptions);
  const state = await engine.createState(initialState(config));
  const { graph, updates } = stepGraph(config);
  const program = await engine.compile(graph, { state, updates, profile });
  const feeds = batchFeeds(shape);
  const losses: number[] = [];
  return {
    losses,
    async run() {
      const step = losses.length + 1;
      const { loss } = await program.run({
        ...feeds,
        learningRate: scalar(learningRate),
        correction1: scalar(1 - betas[0] ** step),
        correction2: scalar(1 - betas[1] ** step),
      });
      losses.push(Number(loss!.data[0]));
    },
    endProfile: () => program.endProfile(),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
    },
  };
}
