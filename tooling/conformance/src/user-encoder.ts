import { adapterNames, hierarchicalTokens, modalAdapter, userAdapter } from '@q-anchor/user-tokens';
import type { Engine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { createGraph, type FloatDType, type Graph, type Tensor } from '@q-anchor/graph';

import { comparisonRow, type Pair } from './compare.js';
import type { Family } from './family.js';
import { readGolden, type Golden } from './golden.js';
import { numbersOf, precisions, tensorOf } from './precision.js';
import type { Row } from './result.js';

const file = 'user_encoder.json';

/** Event, modality and user tokens, the user token in both readings. */
export const userEncoder: Family = {
  name: 'user_encoder',
  files: [file],
  async rows({ directory, engine }) {
    const golden = await readGolden(directory, file);
    const users = usersFrom(golden);
    const rows: Row[] = [];
    for (const { dtype, name, values: tolerance } of precisions) {
      const row = (quantity: string, pairs: readonly Pair[]): Row =>
        comparisonRow(`user_encoder ${quantity} ${name}`, { pairs, tolerance });
      const masked = await tokens(engine, { golden, users, dtype, divideBy: 'present' });
      const release = await tokens(engine, { golden, users, dtype, divideBy: 'all' });
      rows.push(
        row(
          'event tokens',
          users.modalities.map((modality, m) => ({
            label: modality.name,
            actual: masked.events[m]!,
            expected: rowsAt(expected(golden.at('event_tokens').at(modality.name)), {
              kept: modality.kept,
              of: modality.mask.length,
            }),
          })),
        ),
        row(
          'modality tokens',
          users.modalities.map((modality, m) => ({
            label: modality.name,
            actual: masked.modality[m]!,
            expected: expected(golden.at('modality_tokens').at(modality.name)),
          })),
        ),
        row('user token, present modalities', [
          { label: 'all', actual: masked.user, expected: expected(golden.at('user_token_masked')) },
        ]),
        row('user token, all modalities', [
          {
            label: 'all',
            actual: release.user,
            expected: expected(golden.at('user_token_release')),
          },
        ]),
      );
    }
    return rows;
  },
};

const expected = (place: Golden): readonly number[] => place.tensor().values;

interface Modality {
  readonly name: string;
  /** `[batch, slots]`. */
  readonly mask: readonly number[];
  /** Slots of the batch that hold an event. */
  readonly kept: readonly number[];
  readonly slots: number;
  /** Event embeddings of the kept slots, `[kept, width]`. */
  readonly embeddings: readonly number[];
}

interface Users {
  readonly batch: number;
  readonly width: number;
  readonly modalities: readonly Modality[];
}

const rowsAt = (
  values: readonly number[],
  { kept, of }: { readonly kept: readonly number[]; readonly of: number },
): number[] => {
  const width = values.length / of;
  return kept.flatMap((row) => values.slice(row * width, (row + 1) * width));
};

function usersFrom(golden: Golden): Users {
  const read = golden.at('event_embeddings').entries();
  const modalities = read.map(([name, place]) => {
    const { shape, values } = place.tensor();
    const mask = golden.at('mask').at(name).tensor();
    if (shape.length !== 3 || mask.shape.join() !== shape.slice(0, 2).join()) {
      throw new InputError({
        where: place.where,
        expected: `[batch, slots, width] with a mask [batch, slots]`,
        found: `[${shape.join(', ')}] with [${mask.shape.join(', ')}]`,
      });
    }
    const kept = mask.values.flatMap((isThere, slot) => (isThere === 0 ? [] : [slot]));
    const embeddings = rowsAt(values, { kept, of: mask.values.length });
    return { name, mask: mask.values, kept, slots: shape[1]!, embeddings };
  });
  const [batch, , width] = read[0]?.[1].tensor().shape ?? [];
  if (batch === undefined || width === undefined) {
    throw new InputError({ where: golden.where, expected: 'event embeddings', found: 'none' });
  }
  return { batch, width, modalities };
}

/** Events of a user. */
const countOf = ({ mask, slots }: Modality, user: number): number =>
  mask.slice(user * slots, (user + 1) * slots).filter((isThere) => isThere !== 0).length;

async function tokens(
  engine: Engine,
  options: {
    readonly golden: Golden;
    readonly users: Users;
    readonly dtype: FloatDType;
    /** What the sum over modalities is divided by. */
    readonly divideBy: 'present' | 'all';
  },
) {
  const { golden, users, dtype, divideBy } = options;
  const { batch, width, modalities } = users;
  const graph = createGraph();
  const constant = (shape: readonly number[], values: readonly number[]): Tensor =>
    graph.constant(tensorOf(dtype, { shape, values }));
  const everyUser = Array.from({ length: batch }, (_, user) => user);
  const weights = everyUser.flatMap((user) => {
    const present = modalities.map((modality) => countOf(modality, user) > 0);
    const count = divideBy === 'all' ? present.length : present.filter(Boolean).length;
    return present.map((isPresent) => (isPresent ? 1 / count : 0));
  });
  const made = hierarchicalTokens(parametersOf(graph, { golden, dtype }), {
    modalities: modalities.map((modality) => ({
      name: modality.name,
      embeddings: constant([modality.kept.length, width], modality.embeddings),
      mean: constant(
        [batch, modality.kept.length],
        everyUser.flatMap((user) =>
          modality.kept.map((slot) =>
            Math.floor(slot / modality.slots) === user ? 1 / countOf(modality, user) : 0,
          ),
        ),
      ),
    })),
    modalityWeights: constant([batch, modalities.length], weights),
  });
  graph.output('user', made.user);
  graph.output('modality', made.modality);
  for (const [m, events] of made.events.entries()) graph.output(`events ${m}`, events);
  await using program = await engine.compile(graph);
  const outputs = await program.run({});
  const allModalities = numbersOf(outputs['modality']!);
  const size = allModalities.length / modalities.length;
  return {
    user: numbersOf(outputs['user']!),
    modality: modalities.map((_, m) => allModalities.slice(m * size, (m + 1) * size)),
    events: modalities.map((_, m) => numbersOf(outputs[`events ${m}`]!)),
  };
}

/** The golden's adapters, `NAME.norm.weight` and so on, under the encoder's names. */
function parametersOf(
  graph: Graph,
  { golden, dtype }: { readonly golden: Golden; readonly dtype: FloatDType },
): (name: string) => Tensor {
  const places = new Map<string, Golden>();
  const shared: Readonly<Record<string, string>> = { modal: modalAdapter, user: userAdapter };
  const parameters = golden.at('parameters');
  for (const adapter of new Set(parameters.entries().map(([key]) => key.split('.')[0]!))) {
    const at = adapterNames(shared[adapter] ?? adapter);
    const inGolden = {
      normWeight: 'norm.weight',
      normBias: 'norm.bias',
      upWeight: 'up.weight',
      upBias: 'up.bias',
      downWeight: 'down.weight',
      downBias: 'down.bias',
    } as const;
    for (const [part, suffix] of Object.entries(inGolden)) {
      places.set(at[part as keyof typeof inGolden], parameters.at(`${adapter}.${suffix}`));
    }
  }
  return (name) => {
    const place = places.get(name);
    if (!place) {
      throw new InputError({
        where: parameters.where,
        expected: `an adapter for ${name}`,
        found: 'none',
      });
    }
    return graph.constant(tensorOf(dtype, place.tensor()));
  };
}
