import { parameterInputs } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  collateExamples,
  drawPairs,
  dualTowerLosses,
  dualTowerParameters,
  type PretrainSettings,
} from '@q-anchor/dual-tower';
import { createGraph } from '@q-anchor/graph';

import type { ExampleStore } from '../data/example-store.js';
import type { PreparedModel } from './prepare.js';

const reported = ['loss', 'contrastive', 'nextToken', 'accuracy'] as const;

/** Losses on users that are not trained on. */
export type ValidationLosses = Readonly<Record<(typeof reported)[number], number>>;

/** Measures losses of parameters on validation users. */
export interface Validation extends AsyncDisposable {
  /** Mean losses over the validation batches. */
  losses(parameters: Tensors): Promise<ValidationLosses>;
}

/**
 * Compiles the losses without gradients. Batches have the training batches' size, since the
 * contrastive loss depends on it; users and pairs are the same each time.
 *
 * @returns nothing if there is no validation user
 */
export async function createValidation(
  engine: Engine,
  options: PreparedModel & {
    readonly examples: ExampleStore;
    readonly settings: PretrainSettings;
    readonly initial: Tensors;
  },
): Promise<Validation | undefined> {
  const { config, initial } = options;
  const batches = validationBatches(options);
  if (batches.length === 0) return undefined;
  const specs = dualTowerParameters(config);
  const names = Object.keys(specs);
  const graph = createGraph();
  const losses = dualTowerLosses(graph, { config, parameters: parameterInputs(graph, specs) });
  graph.output('loss', losses.total);
  graph.output('contrastive', losses.contrastive);
  graph.output('nextToken', losses.nextToken);
  graph.output('accuracy', losses.accuracy);
  const parametersOf = (tensors: Tensors): Tensors =>
    Object.fromEntries(names.map((name) => [name, tensors[name]!]));
  const state = await engine.createState(parametersOf(initial));
  const program = await engine.compile(graph, { state });
  return {
    async losses(parameters) {
      await state.write(parametersOf(parameters));
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
    },
  };
}

/** Batches of users of like length, made when needed. */
function validationBatches({
  config,
  collate,
  examples,
  settings,
}: PreparedModel & {
  readonly examples: ExampleStore;
  readonly settings: PretrainSettings;
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
      return (await collateExamples(drawn, { config, collate, maxAnswerTokens })).feeds;
    });
  }
  return batches;
}
