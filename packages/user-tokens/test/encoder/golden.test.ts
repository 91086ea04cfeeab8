import { readFile } from 'node:fs/promises';

import { createOnnxEngine } from '@q-anchor/backend';
import { arrayFrom, createGraph, type FloatDType, type TensorData } from '@q-anchor/graph';
import {
  adapterNames,
  hierarchicalTokens,
  modalAdapter,
  userAdapter,
  type ModalityEvents,
} from '@q-anchor/user-tokens';
import { afterAll, expect, test } from 'vitest';

import { relativeError } from '../../../core/test/support/relative-error.js';

type Nested = number | readonly Nested[];

interface Golden {
  readonly parameters: Readonly<Record<string, Nested>>;
  readonly event_embeddings: Readonly<Record<string, readonly (readonly (readonly number[])[])[]>>;
  readonly mask: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly event_tokens: Readonly<Record<string, readonly (readonly (readonly number[])[])[]>>;
  readonly modality_tokens: Readonly<Record<string, Nested>>;
  readonly user_token_release: Nested;
  readonly user_token_masked: Nested;
}

const golden: Golden = JSON.parse(
  await readFile(new URL('../../../../tooling/goldens/user_encoder.json', import.meta.url), 'utf8'),
);
const names = Object.keys(golden.event_embeddings);
const batch = golden.mask[names[0]!]!.length;

const flat = (value: Nested): number[] => [value].flat(9) as number[];
const shapeOf = (value: Nested): number[] =>
  typeof value === 'number' ? [] : [value.length, ...shapeOf(value[0]!)];

const numbersOf = ({ data }: TensorData): number[] => Array.from(data, Number);

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

/** The golden's adapter names as ours. */
const ours = (name: string): string => ({ modal: modalAdapter, user: userAdapter })[name] ?? name;

async function tokens(userMean: 'present' | 'all', dtype: FloatDType) {
  const graph = createGraph();
  const constant = (value: Nested, shape = shapeOf(value)) =>
    graph.constant({ dtype, shape, data: arrayFrom(dtype, flat(value)) });
  const parameters = new Map(
    [...names, 'modal', 'user'].flatMap((name) => {
      const at = adapterNames(ours(name));
      return Object.entries({
        [at.normWeight]: 'norm.weight',
        [at.normBias]: 'norm.bias',
        [at.upWeight]: 'up.weight',
        [at.upBias]: 'up.bias',
        [at.downWeight]: 'down.weight',
        [at.downBias]: 'down.bias',
      }).map(([key, part]) => [key, constant(golden.parameters[`${name}.${part}`]!)] as const);
    }),
  );
  const isPresent = (name: string, b: number): boolean => golden.mask[name]![b]!.includes(1);
  const modalities = names.map((name): ModalityEvents => {
    const mask = golden.mask[name]!;
    const owners = mask.flatMap((row, b) => row.flatMap((is) => (is ? [b] : [])));
    const events = golden.event_embeddings[name]!.flatMap((row, b) =>
      row.filter((_, t) => mask[b]![t] === 1),
    );
    const mean = mask.map((row, b) => {
      const count = row.reduce((sum, is) => sum + is, 0);
      return owners.map((owner) => (owner === b ? 1 / count : 0));
    });
    return { name, embeddings: constant(events), mean: constant(mean) };
  });
  const weights = Array.from({ length: batch }, (_, b) => {
    const count = names.filter((name) => isPresent(name, b)).length;
    const share = 1 / (userMean === 'present' ? count : names.length);
    return names.map((name) => (isPresent(name, b) ? share : 0));
  });
  const made = hierarchicalTokens((name) => parameters.get(name)!, {
    modalities,
    modalityWeights: constant(weights),
  });
  graph.output('user', made.user);
  graph.output('modality', made.modality);
  for (const [m, name] of names.entries()) graph.output(name, made.events[m]!);
  await using program = await engine.compile(graph);
  return await program.run({});
}

test.each([
  ['float64', 1e-9],
  ['float32', 1e-5],
] as const)('event, modality and user tokens in %s', async (dtype, tolerance) => {
  const present = await tokens('present', dtype);
  const all = await tokens('all', dtype);
  expect(relativeError(numbersOf(present['user']!), flat(golden.user_token_masked))).toBeLessThan(
    tolerance,
  );
  expect(relativeError(numbersOf(all['user']!), flat(golden.user_token_release))).toBeLessThan(
    tolerance,
  );
  for (const name of names) {
    const valid = golden.event_tokens[name]!.flatMap((row, b) =>
      row.filter((_, t) => golden.mask[name]![b]![t] === 1),
    );
    expect(relativeError(numbersOf(present[name]!), flat(valid))).toBeLessThan(tolerance);
  }
  // Of an absent modality the golden has no meaningful token.
  const width = shapeOf(golden.user_token_masked)[1]!;
  for (const [m, name] of names.entries()) {
    for (let b = 0; b < batch; b++) {
      if (!golden.mask[name]![b]!.includes(1)) continue;
      const start = (m * batch + b) * width;
      const token: TensorData = {
        dtype,
        shape: [width],
        data: present['modality']!.data.subarray(start, start + width),
      };
      const expected = (golden.modality_tokens[name] as readonly Nested[])[b]!;
      expect(relativeError(numbersOf(token), flat(expected))).toBeLessThan(tolerance);
    }
  }
});
