import type { Engine } from '@q-anchor/backend';
import { prefixFeeds, type PrefixCache, type ServedModel } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';

import { collatePrompted } from '../model/collate-prompted.js';
import { promptedTower } from '../model/prompted-tower.js';
import { tunedNames } from './tuned-names.js';
import {
  compileTuningSteps,
  type StepClasses,
  type StepSchedule,
  type TuningStepReport,
} from './tuning-step-program.js';

/** Users of a step. */
interface PromptBatch extends StepClasses {
  /** Their encoded prefixes. */
  readonly prefixes: PrefixCache;
}

/** Runs steps of prompt tuning. */
export interface PromptSteps extends AsyncDisposable {
  /** One optimiser step. */
  step(batch: PromptBatch, schedule: StepSchedule): Promise<TuningStepReport>;
  /** Prompts and prototypes as they are now. */
  read(): Promise<{ readonly prompts: TensorData; readonly prototypes: TensorData }>;
}

/**
 * Compiles a step of prompt tuning: prompted questions on cached prefixes, prototype loss, gradients of
 * prompts and prototypes alone.
 *
 * @param engine - where to run
 * @param options - model, questions, temperature, number of classes, start values
 */
export async function compilePromptSteps(
  engine: Engine,
  options: {
    readonly model: ServedModel;
    readonly queries: readonly string[];
    readonly classes: number;
    readonly temperature: number;
    readonly prompts: TensorData;
    readonly prototypes: TensorData;
  },
): Promise<PromptSteps> {
  const { model, queries, prompts, prototypes } = options;
  const { config, collate } = model;
  const steps = await compileTuningSteps(engine, {
    ...options,
    initial: { [tunedNames.prompts]: prompts, [tunedNames.prototypes]: prototypes },
    tower: (graph, { parameters, tuned }) =>
      promptedTower(graph, { config, parameters, prompts: tuned(tunedNames.prompts) }),
  });
  const promptTokens = prompts.shape[0]!;
  return {
    step({ prefixes, ...users }, schedule) {
      const { prefixLengths } = prefixes;
      const { tokenizer } = collate;
      const asked = collatePrompted(queries, { config, tokenizer, promptTokens, prefixLengths });
      return steps.step({ ...prefixFeeds(prefixes), ...asked }, { ...users, ...schedule });
    },
    async read() {
      const tensors = await steps.read();
      return {
        prompts: tensors[tunedNames.prompts]!,
        prototypes: tensors[tunedNames.prototypes]!,
      };
    },
    [Symbol.asyncDispose]: () => steps[Symbol.asyncDispose](),
  };
}
