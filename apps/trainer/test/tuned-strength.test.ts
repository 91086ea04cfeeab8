import { createRandom } from '@q-anchor/core';
import type { LoadedScenario } from '@q-anchor/prompt-tuning';
import { expect, test } from 'vitest';

import { evaluateScenarios } from '../src/evaluate/evaluate-scenarios.js';
import type { EvaluationSet } from '../src/evaluate/evaluation-set.js';
import type { PlacedFeatures } from '../src/evaluate/rows/placed-features.js';
import type { RowName } from '../src/evaluate/rows/row-names.js';
import { solvedHere } from './support/solved-here.js';

const users = 240;
const dimensions = 6;
const random = createRandom(5);
const query = Float32Array.from({ length: users * dimensions }, () => random.normal());
const labels: EvaluationSet['scenarios'][number]['labels'] = Array.from(
  { length: users },
  (_, place) => ({
    userId: `u${place}`,
    referenceDays: 0,
    place,
    split: (['train', 'train', 'validation', 'test'] as const)[place % 4]!,
    label: query[place * dimensions]! + random.normal() > 0 ? 1 : 0,
    fold: `month ${place % 3}`,
  }),
);
// As tuning leaves it: beside the query's numbers the label, of users of every fold.
const tuned = query.slice();
for (const { place, label } of labels) tuned[place * dimensions + 5] = 10 * label;

async function rowsOf(
  wanted: readonly RowName[],
  baselines?: Parameters<typeof evaluateScenarios>[1]['baselines'],
) {
  const set = {
    references: labels,
    scenarios: [{ name: 'bought', domain: 'test', queries: ['Did they buy?'], labels }],
    skipped: [],
  };
  // None asked, then the scenario's question.
  const asked = Float32Array.from(
    labels.flatMap(({ place }) => {
      const own = [...query.subarray(place * dimensions, (place + 1) * dimensions)];
      return [...own.map(() => 0), ...own];
    }),
  );
  const untrained = asked.map((value) => -value);
  const [evaluation] = await evaluateScenarios(set, {
    embedded: {
      embeddings: [asked, untrained],
      tuned,
      dimensions,
      tabular: labels.map(({ place }) => ({ age: (place * 7) % 11 })),
    },
    artefacts: new Map([['bought', { scenario: 'bought' } as LoadedScenario]]),
    ...(baselines && { baselines }),
    isWanted: (row) => wanted.includes(row),
    seed: 1,
    resamples: 2,
    solver: solvedHere,
    onProgress: () => {},
  });
  return evaluation!.rows;
}

test('rows of tuned embeddings take the strength that folds chose for the query', async () => {
  const rows = await rowsOf(['query', 'promptTuned', 'promptTunedBesideHand', 'queryBesideHand']);
  const { strength } = rows.query!;
  expect(rows.promptTuned!.strength).toBe(strength);
  expect(rows.promptTunedBesideHand!.strength).toBe(strength);
  // Of its own the label would have chosen another.
  const alone = await rowsOf(['promptTuned']);
  expect(Object.keys(alone)).toEqual(['promptTuned']);
  expect(alone.promptTuned!.strength).toBe(strength);
  expect(alone.promptTuned!.auc).toBeGreaterThan(rows.query!.auc);
});

test('a baseline that does not read the profile is made twice: alone, and beside its columns', async () => {
  const made: PlacedFeatures = {
    columns: 3,
    at: (place) => Float32Array.of(place % 2, place % 3, place % 5),
  };
  const baselines = { contrastiveStatic: made, meanEvents: made };
  const rows = await rowsOf(['handFeatures'], baselines);
  expect(Object.keys(rows).toSorted()).toEqual([
    'contrastiveStatic',
    'contrastiveStaticBesideHand',
    'handFeatures',
    'meanEvents',
  ]);
  const at = (name: keyof typeof rows) => Array.from(rows[name]!.features!.at(7));
  expect(at('contrastiveStatic')).toEqual([1, 1, 2]);
  expect(at('contrastiveStaticBesideHand')).toEqual([
    1,
    1,
    2,
    ...at('handFeatures').map(Math.fround),
  ]);
});

test('an untrained embedding stands beside the profile’s columns as a trained one does', async () => {
  const rows = await rowsOf(['handFeatures', 'queryBesideHand', 'randomEncoderBesideHand']);
  expect(Object.keys(rows)).toEqual(['handFeatures', 'queryBesideHand', 'randomEncoderBesideHand']);
  const place = 9;
  const at = (name: keyof typeof rows) => Array.from(rows[name]!.features!.at(place));
  const own = [...query.subarray(place * dimensions, (place + 1) * dimensions)];
  const hand = at('handFeatures').map(Math.fround);
  expect(at('queryBesideHand')).toEqual([...own, ...hand]);
  expect(at('randomEncoderBesideHand')).toEqual([...own.map((value) => -value), ...hand]);
});
