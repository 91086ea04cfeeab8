import type { Engine, State, Tensors } from '@q-anchor/backend';
import { dualTowerInputs, type ServedModel } from '@q-anchor/dual-tower';
import {
  adamW,
  createGraph,
  gradients,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import { prototypeLoss } from '../losses/prototype-loss.js';
import { frozenWeights } from '../model/prompted-tower.js';
import { tunedNames } from './tuned-names.js';

const betas = [0.9, 0.98] as const;
const moment1 = (name: string): string => `${name}#moment1`;
const moment2 = (name: string): string => `${name}#moment2`;
const updated = (name: string): string => `${name}#next`;

/** Classes of a step's users. */
export interface StepClasses {
  /** Class of each. */
  readonly labels: readonly number[];
  /** Share of each in the loss. */
  readonly weights: readonly number[];
}

/** Where a step stands in its schedule. */
export interface StepSchedule {
  /** The learning rate. */
  readonly learningRate: number;
  /** The step's number, from 1. */
  readonly step: number;
}

/** What a step came to. */
export interface TuningStepReport {
  /** Loss of its batch, in nats. */
  readonly loss: number;
  /** Norm of its gradient before clipping. */
  readonly gradientNorm: number;
}

/** Runs steps of tuning. */
export interface TuningSteps extends AsyncDisposable {
  /** What is tuned, and its moments. */
  readonly state: State;
  /** One optimiser step on users that are fed as the tower reads them. */
  step(feeds: Tensors, users: StepClasses & StepSchedule): Promise<TuningStepReport>;
  /** What is tuned, as it is now. */
  read(): Promise<Tensors>;
}

/**
 * Compiles a step of tuning: a tower's embeddings, prototype loss, gradients of prototypes and of what the
 * tower has to be tuned, clip at norm 1, AdamW without decay. The model's parameters are constants of
 * the program: it can't change them.
 *
 * @param engine - where to run
 * @param options - model (its configuration may have adapters that are tuned), start values of all that is
 * tuned by name, number of classes, temperature; the tower: from the lookups of the model's parameters
 * and of what is tuned to embeddings `[batch, output]`
 */
export async function compileTuningSteps(
  engine: Engine,
  options: {
    readonly model: Pick<ServedModel, 'config' | 'parameters'>;
    readonly initial: Tensors;
    readonly classes: number;
    readonly temperature: number;
    readonly tower: (
      graph: Graph,
      inputs: {
        readonly parameters: ReturnType<typeof dualTowerInputs>;
        readonly tuned: (name: string) => Tensor;
      },
    ) => Tensor;
  },
): Promise<TuningSteps> {
  const { model, initial, classes, temperature } = options;
  const graph = createGraph();
  const parameters = dualTowerInputs(graph, model.config, { weights: model.parameters });
  const trained = Object.keys(initial);
  // Adapters are declared with the model's parameters, anything else is declared here.
  const values = trained.map((name) =>
    parameters.has?.(name) === true ? parameters(name) : graph.input(name, initial[name]!.shape),
  );
  const tuned = (name: string): Tensor => values[trained.indexOf(name)]!;
  const count = initial[tunedNames.prototypes]!.shape[0]!;
  const loss = prototypeLoss(
    {
      embeddings: options.tower(graph, { parameters, tuned }),
      prototypes: tuned(tunedNames.prototypes),
      prototypeClasses: graph.constant(
        int64(Array.from({ length: count }, (_, k) => Math.floor((k * classes) / count))),
      ),
      labels: graph.input('labels', ['batch'], 'int64'),
      rowWeights: graph.input('rowWeights', ['batch']),
    },
    { temperature },
  );
  const gradientOf = gradients(loss, values);
  const { updates, gradientNorm } = adamW(
    trained.map((name, i) => ({
      value: values[i]!,
      gradient: gradientOf[i]!,
      moment1: graph.input(moment1(name), initial[name]!.shape),
      moment2: graph.input(moment2(name), initial[name]!.shape),
      decays: false,
    })),
    {
      learningRate: graph.input('learningRate', []),
      correction1: graph.input('correction1', []),
      correction2: graph.input('correction2', []),
      betas,
      clipNorm: 1,
    },
  );
  graph.output('loss', loss);
  graph.output('gradientNorm', gradientNorm);
  const targets: Record<string, string> = {};
  for (const [i, name] of trained.entries()) {
    for (const [key, tensor] of [
      [name, updates[i]!.value],
      [moment1(name), updates[i]!.moment1],
      [moment2(name), updates[i]!.moment2],
    ] as const) {
      graph.output(updated(key), tensor);
      targets[updated(key)] = key;
    }
  }
  const state = await createState(engine, initial);
  const program = await engine.compile(graph, {
    state,
    updates: targets,
    weights: frozenWeights(graph, model.parameters),
  });
  return {
    state,
    async step(feeds, { labels, weights, learningRate, step }) {
      const outputs = await program.run({
        ...feeds,
        labels: int64(labels),
        rowWeights: float32([weights.length], weights),
        learningRate: float32([], [learningRate]),
        correction1: float32([], [1 - betas[0] ** step]),
        correction2: float32([], [1 - betas[1] ** step]),
      });
      const scalar = (name: string): number => Number(outputs[name]!.data[0]);
      return { loss: scalar('loss'), gradientNorm: scalar('gradientNorm') };
    },
    read: () => state.read(trained),
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
    },
  };
}

async function createState(engine: Engine, initial: Tensors): Promise<State> {
  return engine.createState(
    Object.fromEntries(
      Object.entries(initial).flatMap(([name, value]) => [
        [name, value],
        [moment1(name), zeros(value)],
        [moment2(name), zeros(value)],
      ]),
    ),
  );
}

const zeros = ({ shape, data }: TensorData): TensorData => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(data.length),
});

const int64 = (values: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

const float32 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});
