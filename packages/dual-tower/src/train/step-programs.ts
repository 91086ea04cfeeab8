import type { ParameterSpecs } from '@q-anchor/backbone';
import type { Engine, Program, State, Tensors, Weights } from '@q-anchor/backend';
import {
  adamW,
  add,
  createGraph,
  gradients,
  multiply,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';
import { createRandom } from '@q-anchor/core';

import type { DualTowerConfig } from '../model/config.js';
import { hasDropout } from '../model/dropout.js';
import { dualTowerInputs } from '../model/inputs.js';
import { dualTowerLosses } from '../model/losses.js';
import { weightsOf } from '../embed/query-graph.js';
import type { TrainingObjective } from './objective.js';
import { stepParameters, trainedParameters } from './trained-parameters.js';
import { companions, initialTrainingState } from './training-state.js';

/** Constants of the optimiser. */
export interface OptimiserConfig {
  /** Decay rates of AdamW's moments. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Decoupled weight decay, on matrices only. */
  readonly weightDecay: number;
  /** Largest global gradient norm. */
  readonly clipNorm: number;
}

/** The published values: betas .9/.98, epsilon 1e-6, decay 1e-5, clip 1. */
export const defaultOptimiser: OptimiserConfig = {
  betas: [0.9, 0.98],
  epsilon: 1e-6,
  weightDecay: 1e-5,
  clipNorm: 1,
};

const updated = (name: string): string => `${name}#next`;

/** What a step reports. */
export interface StepReport {
  /** `contrastive + weight * nextToken`. */
  readonly loss: number;
  /** Contrastive loss, in nats. */
  readonly contrastive: number;
  /** Next-token loss, in nats a token. */
  readonly nextToken: number;
  /** Share of pairs nearest to their own answer. */
  readonly accuracy: number;
  /** Global gradient norm before clipping. */
  readonly gradientNorm: number;
}

/** Runs training steps on a state. */
export interface StepPrograms extends AsyncDisposable {
  /** Trained parameters and their moments. */
  readonly state: State;
  /**
   * One optimiser step over one or several micro-batches; gradients are averaged over them, and
   * negatives come from the own micro-batch.
   *
   * @param batches - feeds of each micro-batch
   * @param schedule - learning rate, the number of this step counted from 1, and the seed of the
   * adapters' dropout, default 0: its masks are drawn anew for each step and micro-batch
   */
  step(
    batches: readonly Tensors[],
    schedule: {
      readonly learningRate: number;
      readonly step: number;
      readonly seed?: number;
    },
  ): Promise<StepReport>;
}

/**
 * Compiles the training step: forward, backward, clip and AdamW as one program; with several
 * micro-batches a step, as two (accumulate, apply) on one state. What is not trained is a constant of
 * the program: it is neither in the state nor copied by a step.
 *
 * @param engine - where to run
 * @param options - model, optimiser, start values by name (moments included when resuming),
 *   micro-batches a step, and the losses, by default {@link dualTowerLosses}
 */
export async function compileSteps(
  engine: Engine,
  options: {
    readonly config: DualTowerConfig;
    readonly optimiser?: OptimiserConfig;
    readonly initial: Weights;
    readonly microBatches?: number;
    readonly losses?: TrainingObjective['losses'];
  },
): Promise<StepPrograms> {
  const { config, optimiser = defaultOptimiser, initial, microBatches = 1 } = options;
  const { losses = dualTowerLosses } = options;
  const specs = stepParameters(config);
  const trained = trainedParameters(config);
  const isAccumulating = microBatches > 1;
  const state = await engine.createState(
    initialTrainingState(initial, { trained, isAccumulating }),
  );
  const isTrained = new Set(trained);
  const weights = Object.fromEntries(
    Object.keys(specs).flatMap((name) => (isTrained.has(name) ? [] : [[name, initial[name]!]])),
  );
  const model = { config, specs, trained, losses };
  const parts = { ...model, engine, state, weights, optimiser, microBatches };
  const programs = isAccumulating
    ? [await accumulateProgram(parts), await applyProgram(parts)]
    : [await fusedProgram(parts)];
  const [first, last] = [programs[0]!, programs.at(-1)!];

  return {
    state,
    async step(batches, { learningRate, step, seed = 0 }) {
      const { betas } = optimiser;
      const draws = createRandom(seed).fork('dropout');
      const dropoutSeed = (index: number): Tensors =>
        seedFeed(draws.fork(step * microBatches + index).integer(2 ** 31));
      const schedule: Tensors = {
        learningRate: scalar(learningRate),
        correction1: scalar(1 - betas[0] ** step),
        correction2: scalar(1 - betas[1] ** step),
      };
      if (!isAccumulating)
        return report([await first.run({ ...batches[0], ...dropoutSeed(0), ...schedule })]);
      const results: Tensors[] = [];
      for (const [index, batch] of batches.entries()) {
        // The first micro-batch of a step overwrites what the last step left.
        results.push(
          await first.run({ ...batch, ...dropoutSeed(index), keep: scalar(index === 0 ? 0 : 1) }),
        );
      }
      return report([...results, await last.run(schedule)]);
    },
    async [Symbol.asyncDispose]() {
      for (const program of programs) await program[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
    },
  };
}

const scalar = (value: number): TensorData => ({
  dtype: 'float32',
  shape: [],
  data: Float32Array.of(value),
});

const seedInput = 'dropoutSeed';

const seedFeed = (seed: number): Tensors => ({
  [seedInput]: { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(seed)) },
});

const reported = ['loss', 'contrastive', 'nextToken', 'accuracy', 'gradientNorm'] as const;

/** Means of what the programs of a step reported. */
function report(results: readonly Tensors[]): StepReport {
  const mean = (name: string): number => {
    const values = results.flatMap((result) =>
      result[name] ? [Number(result[name].data[0])] : [],
    );
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return Object.fromEntries(reported.map((name) => [name, mean(name)])) as unknown as StepReport;
}

interface Parts {
  readonly engine: Engine;
  readonly config: DualTowerConfig;
  readonly specs: ParameterSpecs;
  readonly trained: readonly string[];
  readonly state: State;
  readonly weights: Weights;
  readonly optimiser: OptimiserConfig;
  readonly microBatches: number;
  readonly losses: TrainingObjective['losses'];
}

/** Losses and gradients of the trained parameters. */
function lossAndGradients(graph: Graph, { config, specs, trained, losses: lossesOf }: Parts) {
  const parameters = dualTowerInputs(graph, config, { specs });
  const dropoutSeed = hasDropout(config) ? graph.input(seedInput, [], 'int64') : undefined;
  const losses = lossesOf(graph, { config, parameters, dropoutSeed });
  for (const [name, tensor] of [
    ['loss', losses.total],
    ['contrastive', losses.contrastive],
    ['nextToken', losses.nextToken],
    ['accuracy', losses.accuracy],
  ] as const) {
    graph.output(name, tensor);
  }
  const values = trained.map((name) => parameters(name));
  return { values, gradientOf: gradients(losses.total, values) };
}

/** Adds the optimiser to a graph; returns the state's updates. */
function optimise(
  graph: Graph,
  {
    parts,
    values,
    gradientOf,
  }: {
    readonly parts: Parts;
    readonly values: readonly Tensor[];
    readonly gradientOf: readonly Tensor[];
  },
): Record<string, string> {
  const { trained, specs, optimiser } = parts;
  const shapeOf = (name: string): readonly number[] => specs[name]!.shape;
  const { updates, gradientNorm } = adamW(
    trained.map((name, i) => ({
      value: values[i]!,
      gradient: gradientOf[i]!,
      moment1: graph.input(companions.moment1(name), shapeOf(name)),
      moment2: graph.input(companions.moment2(name), shapeOf(name)),
      decays: specs[name]!.kind.endsWith('matrix'),
    })),
    {
      learningRate: graph.input('learningRate', []),
      correction1: graph.input('correction1', []),
      correction2: graph.input('correction2', []),
      ...optimiser,
    },
  );
  graph.output('gradientNorm', gradientNorm);
  const names: Record<string, string> = {};
  const update = (name: string, tensor: Tensor): void => {
    graph.output(updated(name), tensor);
    names[updated(name)] = name;
  };
  for (const [i, name] of trained.entries()) {
    update(name, updates[i]!.value);
    update(companions.moment1(name), updates[i]!.moment1);
    update(companions.moment2(name), updates[i]!.moment2);
  }
  return names;
}

async function fusedProgram(parts: Parts): Promise<Program> {
  const graph = createGraph();
  const updates = optimise(graph, { parts, ...lossAndGradients(graph, parts) });
  const { state } = parts;
  const weights = weightsOf(graph, parts.weights);
  return parts.engine.compile(graph, { state, weights, updates });
}

async function accumulateProgram(parts: Parts): Promise<Program> {
  const graph = createGraph();
  const { gradientOf } = lossAndGradients(graph, parts);
  const keep = graph.input('keep', []);
  const updates: Record<string, string> = {};
  for (const [i, name] of parts.trained.entries()) {
    const sum = graph.input(companions.gradient(name), parts.specs[name]!.shape);
    const share = multiply(gradientOf[i]!, 1 / parts.microBatches);
    const output = updated(companions.gradient(name));
    graph.output(output, add(multiply(sum, keep), share));
    updates[output] = companions.gradient(name);
  }
  const { state } = parts;
  const weights = weightsOf(graph, parts.weights);
  return parts.engine.compile(graph, { state, weights, updates });
}

async function applyProgram(parts: Parts): Promise<Program> {
  const graph = createGraph();
  const inputOf = (name: string, stored: string): Tensor =>
    graph.input(stored, parts.specs[name]!.shape);
  const values = parts.trained.map((name) => inputOf(name, name));
  const gradientOf = parts.trained.map((name) => inputOf(name, companions.gradient(name)));
  const updates = optimise(graph, { parts, values, gradientOf });
  return parts.engine.compile(graph, { state: parts.state, updates });
}
