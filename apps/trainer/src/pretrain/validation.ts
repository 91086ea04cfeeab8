import { parameterInputs } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  collatePairs,
  drawPairs,
  dualTowerLosses,
  dualTowerParameters,
  endOfText,
  type PretrainSettings,
} from '@q-anchor/dual-tower';
import { createGraph } from '@q-anchor/graph';
import { collateUsers, userEmbeddingToken } from '@q-anchor/user-tokens';

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
        const results = await program.run(feeds());
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
function validationBatches(
  options: PreparedModel & {
    readonly examples: ExampleStore;
    readonly settings: PretrainSettings;
  },
): readonly (() => Tensors)[] {
  const { examples, settings } = options;
  const order = [...Array(examples.count).keys()].toSorted(
    (a, b) => examples.events(a) - examples.events(b) || a - b,
  );
  const size = Math.max(1, Math.min(settings.batchUsers, order.length));
  const batches: (() => Tensors)[] = [];
  for (let start = 0; start + size <= order.length; start += size) {
    const indices = order.slice(start, start + size);
    batches.push(() => validationFeeds(indices, options));
  }
  return batches;
}

function validationFeeds(
  indices: readonly number[],
  {
    config,
    collate,
    examples,
    settings,
  }: PreparedModel & {
    readonly examples: ExampleStore;
    readonly settings: PretrainSettings;
  },
): Tensors {
  const { tokenizer } = collate;
  const { maxQueryTokens, maxAnswerTokens, pairsPerUser, seed } = settings;
  const random = createRandom(seed).fork('validation').fork(indices[0]!);
  const profiles = indices.map((index) => examples.profile(index));
  const users = collateUsers(profiles, { config: config.users, ...collate });
  const pairs = profiles.map((profile, i) =>
    drawPairs({ profile, pairs: examples.pairs(indices[i]!) }, { pairsPerUser, random }),
  );
  const pairFeeds = collatePairs(pairs, {
    encode: (text) => tokenizer.encode(text),
    userEmbeddingId: tokenizer.specialId(userEmbeddingToken),
    endId: tokenizer.specialId(endOfText),
    prefixLengths: users.prefixLengths,
    nextTokenReduction: config.nextTokenReduction,
    ...(maxQueryTokens !== undefined && { maxQueryTokens }),
    ...(maxAnswerTokens !== undefined && { maxAnswerTokens }),
  });
  return { ...users.feeds, ...pairFeeds };
}
