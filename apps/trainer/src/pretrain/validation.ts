import type { Engine, Tensors, Weights } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  collateExamples,
  createFrozenTexts,
  drawPairs,
  dualTowerInputs,
  dualTowerLosses,
  stepParameters,
  trainedParameters,
  type PretrainSettings,
} from '@q-anchor/dual-tower';
import { createGraph, isStored } from '@q-anchor/graph';
import type { EventEmbeddingCache } from '@q-anchor/user-tokens';

import type { ExampleStore } from '../data/example-store.js';
import type { PreparedModel } from './prepare.js';

const reported = ['loss', 'contrastive', 'nextToken', 'accuracy'] as const;

/** Losses on users that are not trained on. */
export type ValidationLosses = Readonly<Record<(typeof reported)[number], number>>;

/** The model, the users, and how it is trained. */
interface ValidationOptions extends Pick<PreparedModel, 'config' | 'collate'> {
  readonly examples: ExampleStore;
  readonly settings: PretrainSettings;
}

/** Measures losses of parameters on validation users. */
export interface Validation extends AsyncDisposable {
  /** Mean losses over the validation batches, by the trained parameters. */
  losses(values: Tensors): Promise<ValidationLosses>;
}

/**
 * Compiles the losses without gradients. Batches have the training batches' size, since the
 * contrastive loss depends on it; users and pairs are the same each time. What is not trained is a
 * constant of the program.
 *
 * @returns nothing if there is no validation user
 */
export async function createValidation(
  engine: Engine,
  options: ValidationOptions & {
    /** All parameters. */
    readonly initial: Weights;
  },
): Promise<Validation | undefined> {
  const { config, initial } = options;
  if (options.examples.count === 0) return undefined;
  const specs = stepParameters(config);
  const trained = trainedParameters(config);
  const isTrained = new Set(trained);
  const frozen = Object.keys(specs).filter((name) => !isTrained.has(name));
  const graph = createGraph();
  const parameters = dualTowerInputs(graph, config, { specs });
  const losses = dualTowerLosses(graph, { config, parameters });
  graph.output('loss', losses.total);
  graph.output('contrastive', losses.contrastive);
  graph.output('nextToken', losses.nextToken);
  graph.output('accuracy', losses.accuracy);
  const state = await engine.createState(inMemory(chosen(initial, trained)));
  const program = await engine.compile(graph, { state, weights: chosen(initial, frozen) });
  const texts = await createFrozenTexts(engine, { ...options, parameters: initial });
  const batches = validationBatches({ ...options, cache: texts?.cache });
  return {
    async losses(values) {
      await state.write(chosen(values, trained));
      const sums = { loss: 0, contrastive: 0, nextToken: 0, accuracy: 0 };
      for (const feeds of batches) {
        const results = await program.run(await feeds());
        for (const name of reported) sums[name] += Number(results[name]!.data[0]);
      }
      for (const name of reported) sums[name] /= batches.length;
      return sums;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
      await texts?.[Symbol.asyncDispose]();
    },
  };
}

const chosen = <T>(
  tensors: Readonly<Record<string, T>>,
  names: readonly string[],
): Record<string, T> => Object.fromEntries(names.map((name) => [name, tensors[name]!]));

/** Those of some weights that are in memory: what is trained is. */
const inMemory = (weights: Weights): Tensors =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, tensor]) =>
      isStored(tensor) ? [] : [[name, tensor] as const],
    ),
  );

/** Batches of users of like length, made when needed. */
function validationBatches({
  config,
  collate,
  examples,
  settings,
  cache,
}: ValidationOptions & {
  readonly cache: EventEmbeddingCache | undefined;
}): readonly (() => Promise<Tensors>)[] {
  const { pairsPerUser, maxAnswerTokens, seed } = settings;
  const order = [...Array(examples.count).keys()].toSorted(
    (a, b) => examples.events(a) - examples.events(b) || a - b,
  );
  const size = Math.max(1, Math.min(settings.batchUsers, order.length));
  const batches: (() => Promise<Tensors>)[] = [];
  for (let start = 0; start + size <= order.length; start += size) {
    const indices = order.slice(start, start + size);
    batches.push(async () => {
      const random = createRandom(seed).fork('validation').fork(indices[0]!);
      const drawn = indices.map((index) => {
        const example = { profile: examples.profile(index), pairs: examples.pairs(index) };
        return { ...example, pairs: drawPairs(example, { pairsPerUser, random }) };
      });
      return (await collateExamples(drawn, { config, collate, cache, maxAnswerTokens })).feeds;
    });
  }
  return batches;
}
