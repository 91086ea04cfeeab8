import { initialParameters, parameterInputs } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
import type { UserEvent, UserProfile } from '@q-anchor/core';
import { createGraph, type TensorData } from '@q-anchor/graph';
import {
  collateUsers,
  userPrefix,
  userSpecialTokens,
  userTokensParameters,
  type CollateUsersOptions,
  type TextTokenizer,
  type UserTokensConfig,
} from '@q-anchor/user-tokens';

/** A tokenizer of words over a fixed vocabulary; an unknown word is an error of the test. */
function wordTokenizer(words: readonly string[], modalities: readonly string[]): TextTokenizer {
  const special = userSpecialTokens(modalities);
  const idOf = (list: readonly string[], token: string): number => {
    const id = list.indexOf(token);
    if (id < 0) throw new Error(`unknown token '${token}'`);
    return id;
  };
  return {
    encode: (text) => (text === '' ? [] : text.split(' ').map((word) => idOf(words, word))),
    specialId: (token) => words.length + idOf(special, token),
  };
}

const words = 'coffee rent tram ticket shoes game news loan gift milk home page'.split(' ');

/** Three modalities with small caps, and a tabular profile of two columns. */
export const config: UserTokensConfig = {
  modalities: [
    { name: 'bill', maxEvents: 4, maxTokens: 3 },
    { name: 'mini-app', maxEvents: 2, maxTokens: 2 },
    { name: 'spm', maxEvents: 3, maxTokens: 5 },
  ],
  eventWidth: 6,
  width: 8,
  vocabularySize: words.length + 9,
  tabularFeatures: 4,
  windowDays: 90,
  timeFeatures: true,
  valueFeatures: true,
  userMean: 'present',
};

/** Everything collation needs for {@link config}. */
export const collate: CollateUsersOptions = {
  config,
  tokenizer: wordTokenizer(words, ['bill', 'mini-app', 'spm', 'tabular']),
  tabular: {
    columns: [
      { kind: 'number', name: 'age', mean: 40, deviation: 10 },
      { kind: 'category', name: 'city', levels: ['Oslo', 'Rome'] },
    ],
  },
  valueScales: { bill: { mean: 10, deviation: 4 } },
  headerIds: [1, 2],
};

/** Token ids of {@link collate}'s special tokens. */
export const specialId = (token: string): number => collate.tokenizer.specialId(token);

/** An event. */
export const event = (timeDays: number, text: string, value?: number): UserEvent => ({
  timeDays,
  text,
  ...(value !== undefined && { value }),
});

/** A profile at day 100. */
export const profile = (
  userId: string,
  events: UserProfile['events'],
  tabular: UserProfile['tabular'] = {},
): UserProfile => ({ userId, referenceDays: 100, events, tabular });

/** Four users: busy, short, with one modality only, with nothing. */
export const users: readonly UserProfile[] = [
  profile(
    'busy',
    {
      bill: [
        event(20, 'rent', 30),
        event(95.5, 'coffee milk', 3),
        event(96, 'shoes gift shoes', 12),
        event(99, 'tram ticket', 2),
        event(99.9, 'loan'),
      ],
      'mini-app': [event(50, 'game'), event(97, 'tram ticket home'), event(98, 'news page')],
      spm: [event(98, 'home'), event(98, 'home page news game loan'), event(98, 'page')],
    },
    { age: 55, city: 'Rome' },
  ),
  profile(
    'short',
    { bill: [event(99, 'rent', 14)], 'mini-app': [], spm: [event(10, 'news')] },
    { age: null, city: 'Paris' },
  ),
  profile('sparse', { 'mini-app': [event(60, 'game')] }, { age: 30, city: 'Oslo' }),
  profile('empty', { bill: [], 'mini-app': [], spm: [] }),
];

/** Start values of {@link config}'s parameters and of an embedding table, biases drawn too. */
export function parametersOf(of: UserTokensConfig): Record<string, TensorData> {
  const specs = {
    'model.embed_tokens.weight': { shape: [of.vocabularySize, of.width], kind: 'embedding' },
    ...userTokensParameters(of),
  } as const;
  // Norms at 1 and biases at 0 would hide a weight that is not used.
  const drawn = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, { shape, kind: 'matrix' as const }]),
  );
  return initialParameters(drawn, { seed: 3 });
}

/** Prefix embeddings of some users by the graph: `[batch][prefix][D]`, padding cut off. */
export async function encodedPrefixes(
  engine: Engine,
  profiles: readonly UserProfile[],
  options: CollateUsersOptions = collate,
): Promise<number[][][]> {
  const { config: of } = options;
  const parameters = parametersOf(of);
  const graph = createGraph();
  const lookup = parameterInputs(graph, parameterSpecs(parameters));
  const prefix = userPrefix(graph, {
    config: of,
    parameters: lookup,
    textSource: options.textEmbedding ? 'embeddings' : 'tokens',
  });
  graph.output('embeddings', prefix.embeddings);
  await using program = await engine.compile(graph);
  const { feeds, prefixLengths } = collateUsers(profiles, options);
  const { embeddings } = await program.run({ ...parameters, ...feeds });
  const [, length, width] = embeddings!.shape as [number, number, number];
  return prefixLengths.map((own, b) =>
    Array.from({ length: own }, (_, t) => {
      const start = (b * length + t) * width;
      return [...(embeddings!.data as Float32Array).subarray(start, start + width)];
    }),
  );
}

const parameterSpecs = (
  parameters: Tensors,
): Record<string, { shape: readonly number[]; kind: 'matrix' }> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [name, { shape, kind: 'matrix' }]),
  );

/** Largest absolute difference of two nested arrays of one shape. */
export function largestDifference(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.reduce((max: number, item, i) => Math.max(max, largestDifference(item, b[i])), 0);
  }
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b);
  throw new Error(`shapes differ: ${JSON.stringify(a)} and ${JSON.stringify(b)}`);
}
