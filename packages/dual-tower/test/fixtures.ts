import type { Engine, Tensors } from '@q-anchor/backend';
import { createRandom, type QueryAnswer, type Random, type UserProfile } from '@q-anchor/core';
import {
  collatePairs,
  defaultContrastive,
  dualTowerInputs,
  dualTowerLosses,
  dualTowerParameters,
  endOfText,
  initialDualTower,
  type DualTowerConfig,
  type TrainingExample,
} from '@q-anchor/dual-tower';
import {
  arrayFrom,
  createGraph,
  gradients,
  type FloatDType,
  type TensorData,
} from '@q-anchor/graph';
import {
  collateUsers,
  userEmbeddingToken,
  userSpecialTokens,
  type CollateUsersOptions,
  type TextTokenizer,
} from '@q-anchor/user-tokens';

import { tinyDecoder } from './support/tiny-decoder.js';

export { relativeError } from '../../core/test/support/relative-error.js';

const words = (
  'coffee rent tram ticket shoes game news loan gift milk home page will they buy pay soon ' +
  'travel often what does the user like next much spend yes no maybe red blue green'
).split(' ');
const special = [endOfText, ...userSpecialTokens(['bill', 'spm', 'tabular'])];

const indexIn = (list: readonly string[], token: string): number => {
  const index = list.indexOf(token);
  if (index < 0) throw new Error(`unknown token '${token}'`);
  return index;
};

/** Words of a fixed vocabulary, then the special tokens. */
export const tokenizer: TextTokenizer = {
  encode: (text) => (text === '' ? [] : text.split(' ').map((word) => indexIn(words, word))),
  specialId: (token) => words.length + indexIn(special, token),
};

const vocabularySize = words.length + special.length;

/** A dual tower around the smallest decoder. */
export const config: DualTowerConfig = {
  decoder: tinyDecoder(vocabularySize),
  users: {
    modalities: [
      { name: 'bill', maxEvents: 5, maxTokens: 3 },
      { name: 'spm', maxEvents: 4, maxTokens: 2 },
    ],
    eventWidth: 8,
    width: 16,
    vocabularySize,
    tabularFeatures: 2,
    windowDays: 90,
    timeFeatures: true,
    valueFeatures: true,
    userMean: 'present',
  },
  head: { hidden: 20, output: 12 },
  contrastive: defaultContrastive,
  nextTokenWeight: 1,
  nextTokenReduction: 'mean',
};

/** Another of the family: head norms instead of biases, an output layer of its own. */
export const qwen3Config: DualTowerConfig = {
  ...config,
  decoder: tinyDecoder(vocabularySize, {
    architecture: 'qwen3',
    attentionBias: false,
    tiedEmbeddings: false,
    headSize: 6,
  }),
};

/** Questions join the input of their `<|user_emb|>`. */
export const askedConfig: DualTowerConfig = {
  ...config,
  questionMean: { weight: 4, userEmbeddingId: tokenizer.specialId(userEmbeddingToken) },
};

/** Low-rank adapters on some projections. */
export const loraConfig: DualTowerConfig = {
  ...config,
  lora: { rank: 2, alpha: 4, dropout: 0, targets: ['q_proj', 'v_proj', 'down_proj'] },
};

/**
 * A backbone whose table ends before the special tokens: those have rows of their own, and the
 * adapters drop inputs.
 */
export const grownConfig: DualTowerConfig = {
  ...loraConfig,
  decoder: tinyDecoder(words.length + 1),
  lora: { ...loraConfig.lora!, dropout: 0.25 },
  // The end of text is a target of the next-token loss: it stays in the table.
  addedTokens: { first: words.length + 1, count: special.length - 1 },
};

/** What collation needs beside the configuration. */
export const collate: Omit<CollateUsersOptions, 'config'> = {
  tokenizer,
  tabular: { columns: [{ kind: 'number', name: 'age', mean: 40, deviation: 10 }] },
  valueScales: { bill: { mean: 10, deviation: 4 }, spm: { mean: 8, deviation: 5 } },
  headerIds: [3],
};

const someWords = (random: Random, most: number): string =>
  Array.from({ length: 1 + random.integer(most) }, () => random.pick(words)).join(' ');

/** A random user with up to so many events a modality. */
export function drawnProfile(random: Random, userId: string, mostEvents = 6): UserProfile {
  const events = () =>
    Array.from({ length: random.integer(mostEvents + 1) }, () => ({
      timeDays: 100 * random.uniform(),
      text: someWords(random, 4),
      ...(random.uniform() < 0.5 && { value: 20 * random.uniform() }),
    })).toSorted((a, b) => a.timeDays - b.timeDays);
  return {
    userId,
    referenceDays: 100,
    events: { bill: events(), spm: events() },
    tabular: { age: random.uniform() < 0.8 ? 20 + random.integer(50) : null },
  };
}

/** A random pair. */
const drawnPair = (random: Random): QueryAnswer => ({
  query: someWords(random, 5),
  answer: someWords(random, 6),
  source: random.uniform() < 0.5 ? 'uqa' : 'future',
});

/** Random users with one to `mostPairs` pairs each. */
export function drawnExamples(seed: number, count: number, mostPairs = 4): TrainingExample[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    profile: drawnProfile(random, `u${i}`),
    pairs: Array.from({ length: 1 + random.integer(mostPairs) }, () => drawnPair(random)),
  }));
}

/** Start values without zeros and ones, so that no parameter hides: biases and norms are moved. */
export function drawnParameters(of: DualTowerConfig, seed = 1): Record<string, TensorData> {
  const random = createRandom(seed).fork('moved');
  return Object.fromEntries(
    Object.entries(initialDualTower(of, seed)).map(([name, { dtype, shape, data }]) => {
      const stream = random.fork(name);
      const moved = Float32Array.from(
        data as Float32Array,
        (value) => value + 0.1 * stream.normal(),
      );
      return [name, { dtype, shape, data: moved }];
    }),
  );
}

/** Feeds of a batch, as the training loop makes them. */
export function batchFeeds(
  examples: readonly TrainingExample[],
  of: DualTowerConfig = config,
): Record<string, TensorData> {
  const users = collateUsers(
    examples.map((example) => example.profile),
    { config: of.users, ...collate },
  );
  return {
    ...users.feeds,
    ...collatePairs(
      examples.map((example) => example.pairs),
      {
        encode: (text) => tokenizer.encode(text),
        userEmbeddingId: tokenizer.specialId(userEmbeddingToken),
        endId: tokenizer.specialId(endOfText),
        prefixLengths: users.prefixLengths,
        nextTokenReduction: of.nextTokenReduction,
      },
    ),
  };
}

const converted = (tensors: Tensors, dtype: FloatDType): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor.dtype === 'float32'
        ? { dtype, shape: tensor.shape, data: arrayFrom(dtype, [...tensor.data].map(Number)) }
        : tensor,
    ]),
  );

/** What a batch comes to: losses, embeddings, and the gradient of every parameter. */
export interface Outcome {
  readonly total: number;
  readonly contrastive: number;
  readonly nextToken: number;
  readonly accuracy: number;
  readonly anchors: TensorData;
  readonly answers: TensorData;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

/** Compiles losses and gradients; returns what runs them on a batch. */
export async function createLossRunner(
  engine: Engine,
  { of = config, dtype = 'float32' }: { of?: DualTowerConfig; dtype?: FloatDType } = {},
) {
  const graph = createGraph();
  const specs = dualTowerParameters(of);
  const parameters = dualTowerInputs(graph, of, { dtype });
  const losses = dualTowerLosses(graph, { config: of, parameters, dtype });
  const names = Object.keys(specs);
  const gradientOf = gradients(
    losses.total,
    names.map((name) => parameters(name)),
  );
  for (const [name, tensor] of Object.entries(losses)) graph.output(name, tensor);
  for (const [i, name] of names.entries()) graph.output(`gradient of ${name}`, gradientOf[i]!);
  const program = await engine.compile(graph);
  return async (
    examples: readonly TrainingExample[],
    values: Tensors = drawnParameters(of),
  ): Promise<Outcome> => {
    const feeds = converted({ ...values, ...batchFeeds(examples, of) }, dtype);
    const out = await program.run(feeds);
    const scalar = (name: string): number => Number(out[name]!.data[0]);
    return {
      total: scalar('total'),
      contrastive: scalar('contrastive'),
      nextToken: scalar('nextToken'),
      accuracy: scalar('accuracy'),
      anchors: out['anchors']!,
      answers: out['answers']!,
      gradients: Object.fromEntries(
        names.map((name) => [name, [...out[`gradient of ${name}`]!.data].map(Number)]),
      ),
    };
  };
}
