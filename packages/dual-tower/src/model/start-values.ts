import { createRandom, InputError, type Random } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';
import {
  adapterNames,
  encoderNames,
  modalAdapter,
  userAdapter,
  type UserTokensConfig,
} from '@q-anchor/user-tokens';

import type { DualTowerConfig } from './config.js';

/**
 * How a model's values start: `random`, drawn each by itself; `matching`, drawn so that a token finds
 * events of its own words by attention, see {@link matchingStart}.
 */
export type StartValues = 'random' | 'matching';

/** Share of the keys in the queries of the heads that match. */
const likeness = 0.95;
/** What the projections of ages and values are multiplied by. */
const featureShare = 0.35;

/**
 * Drawn start values, changed so that attention compares contents before it has learnt to:
 *
 * - `W_q = r W_k + sqrt(1 - r^2) W_q`, r = .95, in the first half of a layer's query heads, each with the
 *   keys of its group, after Trockman and Kolter 2023 (mimetic initialisation);
 * - adapters of events and of summaries `W_down = W_up^T`, `W_up` orthogonal, so that an adapted event still
 *   points where its text did: `Q^T GELU(Q h)` has `h / 2` in it;
 * - ages and values weigh .35 of what they would beside a text.
 *
 * With random values queries and keys of one word are as far apart as those of any two. It helps where
 * questions and events share a table, and with rotary positions that hardly turn (a large base).
 *
 * @param parameters - drawn values
 * @param config - the model; event embeddings are as wide as its tokens
 * @param seed - of the orthogonal matrices
 * @throws {@link InputError} if event embeddings are of another width, or the decoder's values are not drawn
 */
export function matchingStart(
  parameters: Readonly<Record<string, TensorData>>,
  config: DualTowerConfig,
  seed: number,
): Record<string, TensorData> {
  const { eventWidth, width } = config.users;
  if (eventWidth !== width) {
    throw new InputError({
      where: 'start values that match',
      expected: `event embeddings as wide as the tokens, ${width}`,
      found: `${eventWidth}`,
      fix: 'Set the width of events to that of the model, or start with random values',
    });
  }
  if (!Object.hasOwn(parameters, 'model.layers.0.self_attn.q_proj.weight')) {
    throw new InputError({
      where: 'start values that match',
      expected: 'a decoder whose values are drawn',
      found: 'one that has values',
      fix: 'Start with random values',
    });
  }
  const random = createRandom(seed).fork('matching start');
  return {
    ...parameters,
    ...matchingQueries(parameters, config),
    ...invertingAdapters(parameters, { users: config.users, random }),
    ...quietFeatures(parameters, config.users),
  };
}

function matchingQueries(
  parameters: Readonly<Record<string, TensorData>>,
  { decoder }: DualTowerConfig,
): Record<string, TensorData> {
  const { layers, heads, keyValueHeads, headSize, width } = decoder;
  const size = headSize * width;
  const rest = Math.sqrt(1 - likeness ** 2);
  return Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => {
      const at = `model.layers.${layer}.self_attn`;
      const name = `${at}.q_proj.weight`;
      const keys = parameters[`${at}.k_proj.weight`]!.data as Float32Array;
      const queries = parameters[name]!;
      const data = Float32Array.from(queries.data as Float32Array);
      for (let head = 0; head < Math.ceil(heads / 2); head++) {
        const group = Math.floor((head * keyValueHeads) / heads);
        for (let i = 0; i < size; i++) {
          const place = head * size + i;
          data[place] = likeness * keys[group * size + i]! + rest * data[place]!;
        }
      }
      return [name, { ...queries, data }];
    }),
  );
}

function invertingAdapters(
  parameters: Readonly<Record<string, TensorData>>,
  { users, random }: { readonly users: UserTokensConfig; readonly random: Random },
): Record<string, TensorData> {
  const adapters = [...users.modalities.map(({ name }) => name), modalAdapter, userAdapter];
  const pairs = adapters.flatMap((adapter) => {
    const { upWeight, downWeight } = adapterNames(adapter);
    const up = orthogonal(users.width, random.fork(adapter));
    return [
      [upWeight, { ...parameters[upWeight]!, data: up }],
      [downWeight, { ...parameters[downWeight]!, data: transposed(up, users.width) }],
    ] as const;
  });
  return Object.fromEntries(pairs);
}

function quietFeatures(
  parameters: Readonly<Record<string, TensorData>>,
  { modalities }: UserTokensConfig,
): Record<string, TensorData> {
  const names = modalities.flatMap(({ name }) => [
    encoderNames.time(name),
    encoderNames.value(name),
  ]);
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(parameters, name))
      .map((name) => {
        const { data, ...rest } = parameters[name]!;
        const quiet = Float32Array.from(data as Float32Array, (value) => featureShare * value);
        return [name, { ...rest, data: quiet }];
      }),
  );
}

/** A random orthogonal matrix `[size, size]`: rows drawn normal, each made orthogonal to those before. */
function orthogonal(size: number, random: Random): Float32Array {
  const rows: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const row = Float64Array.from({ length: size }, () => random.normal());
    for (const other of rows) {
      let product = 0;
      for (let c = 0; c < size; c++) product += row[c]! * other[c]!;
      for (let c = 0; c < size; c++) row[c]! -= product * other[c]!;
    }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

function transposed(matrix: Float32Array, size: number): Float32Array {
  return Float32Array.from(matrix, (_, i) => matrix[(i % size) * size + Math.floor(i / size)]!);
}
