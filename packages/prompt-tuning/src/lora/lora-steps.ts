import { decoderParameters, initialParameters, loraParameters } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
import { dualTowerInputs, embeddingSize, normalised, type ServedModel } from '@q-anchor/dual-tower';
import { createGraph, type TensorData } from '@q-anchor/graph';

import { frozenWeights } from '../model/prompted-tower.js';
import { tunedNames } from '../tune/tuned-names.js';
import {
  compileTuningSteps,
  type StepClasses,
  type StepSchedule,
  type TuningStepReport,
} from '../tune/tuning-step-program.js';
import { adaptedFeeds, adaptedTower } from './adapted-tower.js';
import type { UserTokenStore } from './user-token-store.js';

/** Runs steps of adapter tuning. */
export interface LoraSteps extends AsyncDisposable {
  /** One optimiser step on some users of a store. */
  step(
    users: StepClasses & { readonly tokens: UserTokenStore; readonly indices: readonly number[] },
    schedule: StepSchedule,
  ): Promise<TuningStepReport>;
  /** Adapters and prototypes as they are now. */
  read(): Promise<{ readonly adapters: Tensors; readonly prototypes: TensorData }>;
}

/** What steps and embeddings of adapter tuning are made of. */
export interface LoraProgramOptions {
  /** The model, its configuration with the adapters that are tuned. */
  readonly model: ServedModel;
  /** The scenario's questions, at least one. */
  readonly queries: readonly string[];
}

/**
 * Start values of a model's adapters: no update at all.
 *
 * @param model - its configuration has the adapters
 * @param seed - of the draws
 * @throws {@link @q-anchor/core#InputError} if a number of theirs is out of range, or a target names no
 * projection
 */
export const initialAdapters = (
  { config }: Pick<ServedModel, 'config'>,
  seed: number,
): Record<string, TensorData> =>
  initialParameters(loraParameters(decoderParameters(config.decoder), config.lora!), { seed });

/**
 * Compiles a step of adapter tuning: whole sequences, prototype loss, gradients of adapters and
 * prototypes alone. A prefix's keys and values depend on the adapters, so that each step reads it again.
 *
 * @param engine - where to run
 * @param options - model, questions, temperature, number of classes, start values
 */
export async function compileLoraSteps(
  engine: Engine,
  options: LoraProgramOptions & {
    readonly classes: number;
    readonly temperature: number;
    readonly adapters: Tensors;
    readonly prototypes: TensorData;
  },
): Promise<LoraSteps> {
  const { model, queries, adapters, prototypes } = options;
  const { config, collate } = model;
  const steps = await compileTuningSteps(engine, {
    ...options,
    initial: { ...adapters, [tunedNames.prototypes]: prototypes },
    tower: (graph, { parameters }) => adaptedTower(graph, { config, parameters }),
  });
  return {
    step({ tokens, indices, ...users }, schedule) {
      const { tokenizer } = collate;
      const feeds = adaptedFeeds(tokens.batch(indices), { config, tokenizer, queries });
      return steps.step(feeds, { ...users, ...schedule });
    },
    async read() {
      const tensors = await steps.read();
      const { [tunedNames.prototypes]: tuned, ...rest } = tensors;
      return { adapters: rest, prototypes: tuned! };
    },
    [Symbol.asyncDispose]: () => steps[Symbol.asyncDispose](),
  };
}

/** Embeds users of a store by adapters that change. */
export interface AdaptedEmbedder extends AsyncDisposable {
  /** `[users, dimensions]`, rows of length 1. */
  embed(
    tokens: UserTokenStore,
    options: { readonly adapters: Tensors; readonly signal?: AbortSignal | undefined },
  ): Promise<Float32Array>;
}

/** Users a run. */
const batchUsers = 64;

/**
 * Compiles a model whose adapters are fed, so that one program serves all looks at the validation users.
 *
 * @param engine - where to run
 * @param options - model, questions
 */
export async function compileAdaptedEmbedder(
  engine: Engine,
  { model, queries }: LoraProgramOptions,
): Promise<AdaptedEmbedder> {
  const { config, parameters, collate } = model;
  const fed = new Set(Object.keys(loraParameters(decoderParameters(config.decoder), config.lora!)));
  const frozen = Object.fromEntries(Object.entries(parameters).filter(([name]) => !fed.has(name)));
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: frozen });
  graph.output('embeddings', normalised(adaptedTower(graph, { config, parameters: lookup })));
  const program = await engine.compile(graph, { weights: frozenWeights(graph, frozen) });
  const dimensions = embeddingSize(config);
  return {
    async embed(tokens, { adapters, signal }) {
      const out = new Float32Array(tokens.users * dimensions);
      const { lengths } = tokens;
      // Users of like length share a batch, so that little is padding.
      const order = [...lengths.keys()].toSorted((a, b) => lengths[a]! - lengths[b]!);
      for (let start = 0; start < order.length; start += batchUsers) {
        signal?.throwIfAborted();
        const indices = order.slice(start, start + batchUsers);
        const { tokenizer } = collate;
        const feeds = adaptedFeeds(tokens.batch(indices), { config, tokenizer, queries });
        const { embeddings } = await program.run({ ...feeds, ...adapters });
        const rows = embeddings!.data as Float32Array;
        for (const [row, user] of indices.entries()) {
          const own = rows.subarray(row * dimensions, (row + 1) * dimensions);
          out.set(own, user * dimensions);
        }
      }
      return out;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
