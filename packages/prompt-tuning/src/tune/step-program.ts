import type { Engine, State, Tensors } from '@q-anchor/backend';
import {
  dualTowerInputs,
  prefixFeeds,
  type PrefixCache,
  type ServedModel,
} from '@q-anchor/dual-tower';
import { adamW, createGraph, gradients, type TensorData } from '@q-anchor/graph';

import { prototypeLoss } from '../losses/prototype-loss.js';
import { collatePrompted } from '../model/collate-prompted.js';
import { frozenWeights, promptedTower } from '../model/prompted-tower.js';

/** Names of what is tuned, in states and artefacts. */
export const tunedNames = { prompts: 'prompt.tokens', prototypes: 'prompt.prototypes' } as const;

const trained = [tunedNames.prompts, tunedNames.prototypes];
const betas = [0.9, 0.98] as const;
const moment1 = (name: string): string => `${name}#moment1`;
const moment2 = (name: string): string => `${name}#moment2`;
const updated = (name: string): string => `${name}#next`;

/** Users of a step. */
interface PromptBatch {
  /** Their encoded prefixes. */
  readonly prefixes: PrefixCache;
  /** Class of each. */
  readonly labels: readonly number[];
  /** Share of each in the loss. */
  readonly weights: readonly number[];
}

/** Runs steps of prompt tuning. */
export interface PromptSteps extends AsyncDisposable {
  /** One optimiser step. */
  step(
    batch: PromptBatch,
    schedule: { readonly learningRate: number; readonly step: number },
  ): Promise<{ readonly loss: number; readonly gradientNorm: number }>;
  /** Prompts and prototypes as they are now. */
  read(): Promise<{ readonly prompts: TensorData; readonly prototypes: TensorData }>;
}

/**
 * Compiles a step of prompt tuning: prompted query on cached prefixes, prototype loss, gradients of
 * prompts and prototypes alone, clip at norm 1, AdamW without decay. The model's parameters are
 * constants of the program: it can't change them.
 *
 * @param engine - where to run
 * @param options - model, query, temperature, number of classes, start values
 */
export async function compilePromptSteps(
  engine: Engine,
  options: {
    readonly model: ServedModel;
    readonly query: string;
    readonly classes: number;
    readonly temperature: number;
    readonly prompts: TensorData;
    readonly prototypes: TensorData;
  },
): Promise<PromptSteps> {
  const { model, query, classes, temperature } = options;
  const { config, parameters, collate } = model;
  const initial: Tensors = {
    [tunedNames.prompts]: options.prompts,
    [tunedNames.prototypes]: options.prototypes,
  };
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const values = trained.map((name) => graph.input(name, initial[name]!.shape));
  const [prompts, prototypes] = values;
  const embeddings = promptedTower(graph, { config, parameters: lookup, prompts: prompts! });
  const count = options.prototypes.shape[0]!;
  const loss = prototypeLoss(
    {
      embeddings,
      prototypes: prototypes!,
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
    weights: frozenWeights(graph, parameters),
  });
  const promptTokens = options.prompts.shape[0]!;
  return {
    async step({ prefixes, labels, weights }, { learningRate, step }) {
      const { prefixLengths } = prefixes;
      const { tokenizer } = collate;
      const outputs = await program.run({
        ...prefixFeeds(prefixes),
        ...collatePrompted(query, { config, tokenizer, promptTokens, prefixLengths }),
        labels: int64(labels),
        rowWeights: float32([weights.length], weights),
        learningRate: float32([], [learningRate]),
        correction1: float32([], [1 - betas[0] ** step]),
        correction2: float32([], [1 - betas[1] ** step]),
      });
      const scalar = (name: string): number => Number(outputs[name]!.data[0]);
      return { loss: scalar('loss'), gradientNorm: scalar('gradientNorm') };
    },
    async read() {
      const tensors = await state.read(trained);
      return {
        prompts: tensors[tunedNames.prompts]!,
        prototypes: tensors[tunedNames.prototypes]!,
      };
    },
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
