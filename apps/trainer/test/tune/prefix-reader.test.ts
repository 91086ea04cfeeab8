import { createOnnxEngine } from '@q-anchor/backend';
import type { TensorData } from '@q-anchor/graph';
import { encodePrefixes } from '@q-anchor/prompt-tuning';
import type { LabelledReference } from '@q-anchor/useru';
import { afterAll, expect, test } from 'vitest';

import { relativeError } from '../../../../packages/core/test/support/relative-error.js';
import {
  simulatedUsers,
  tinyModel,
} from '../../../../packages/prompt-tuning/test/support/tiny-model.js';
import { createPrefixReader } from '../../src/tune/prefix-reader.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = tinyModel() as Parameters<typeof createPrefixReader>[1]['model'];
const { profiles } = simulatedUsers(1, { count: 8 });
const references = profiles.map(({ userId, referenceDays }): LabelledReference => ({
  userId,
  referenceDays,
  split: 'train',
  label: 0,
}));
const numbersOf = ({ data }: TensorData): ArrayLike<number> => data as Float32Array;
const chosen = <T>(from: readonly T[], places: readonly number[]): T[] =>
  places.map((place) => from[place]!);

test('users that the scenario before had are not read again; others are, in the order asked for', async () => {
  const read: string[][] = [];
  const reader = createPrefixReader(engine, {
    model,
    dataset: {
      async *profiles(asked) {
        read.push(asked.map(({ userId }) => userId));
        yield profiles.filter((one) => asked.some(({ userId }) => userId === one.userId));
      },
    },
    context: { signal: new AbortController().signal },
  });
  const nothing = (): void => {};
  const idsOf = (places: readonly number[]) => chosen(profiles, places).map((one) => one.userId);
  const places = [
    [0, 1, 2, 3, 4],
    [1, 3, 5, 6, 7],
    [7, 6, 5, 3, 1],
    [0, 7],
  ];
  for (const asked of places) {
    const store = await reader.read('train', chosen(references, asked), nothing);
    const anew = await encodePrefixes(engine, { model, profiles: [chosen(profiles, asked)] });
    expect([store.users, store.bytes]).toEqual([anew.users, anew.bytes]);
    const [some, all] = [store, anew].map((one) => one.batch([...asked.keys()]));
    expect(some!.prefixLengths).toEqual(all!.prefixLengths);
    for (const [layer, { keys, values }] of all!.layers.entries()) {
      const own = some!.layers[layer]!;
      expect(relativeError(numbersOf(own.keys), numbersOf(keys))).toBeLessThan(1e-6);
      expect(relativeError(numbersOf(own.values), numbersOf(values))).toBeLessThan(1e-6);
    }
  }
  // Let go by the second, the first user is read once more; the third has all of the second's.
  expect(read).toEqual([idsOf([0, 1, 2, 3, 4]), idsOf([5, 6, 7]), idsOf([0])]);
  await reader.read('validation', chosen(references, [7]), nothing);
  expect(read.at(-1)).toEqual(idsOf([7]));
});
