import { createRandom, type Split } from '@q-anchor/core';
import {
  probeScores,
  rocAuc,
  selectProbeStrength,
  selectProbeStrengthByFolds,
} from '@q-anchor/metrics';
import { expect, test } from 'vitest';

import type { EvaluatedScenario } from '../src/evaluate/evaluation-set.js';
import type { PlacedFeatures } from '../src/evaluate/rows/placed-features.js';
import { rowTask } from '../src/evaluate/rows/row-task.js';
import { solveRow, type SolvedRow } from '../src/evaluate/rows/solve-row.js';

const columns = 6;
const users = 240;
const random = createRandom(5);
const features = Float64Array.from({ length: users * columns }, () => random.normal());
const at = (place: number): Float64Array =>
  features.subarray(place * columns, (place + 1) * columns);
const labelOf = (place: number): 0 | 1 => (at(place)[0]! + random.normal() > 0 ? 1 : 0);
const splitOf = (place: number): Split =>
  (['train', 'train', 'validation', 'test'] as const)[place % 4]!;
const labels = Array.from({ length: users }, (_, place) => ({
  userId: `u${place}`,
  referenceDays: 0,
  place,
  split: splitOf(place),
  label: labelOf(place),
}));

const scenario = (foldOf?: (place: number) => string | undefined): EvaluatedScenario => ({
  name: 'bought',
  domain: 'test',
  queries: ['Did they buy?'],
  labels: labels.map((one) => {
    const fold = foldOf?.(one.place);
    return { ...one, ...(fold !== undefined && { fold }) };
  }),
});

const probeRow = (
  of: EvaluatedScenario,
  options: { readonly features: PlacedFeatures; readonly foldStrength?: number | undefined },
): SolvedRow => solveRow(rowTask(of, { ...options, model: 'probe', seed: 1, resamples: 2 }));

const row = (of: EvaluatedScenario): SolvedRow => probeRow(of, { features: { columns, at } });

const part = (...splits: readonly Split[]) => {
  const own = labels.filter(({ split }) => splits.includes(split));
  return {
    features: own.flatMap(({ place }) => [...at(place)]),
    rows: own.length,
    columns,
    labels: own.map(({ label }) => label),
  };
};

const testAuc = (probe: Parameters<typeof probeScores>[0]): number =>
  rocAuc({ labels: part('test').labels, scores: probeScores(probe, part('test')) });

test('without folds: fitted on train, strength by validation', () => {
  const { probe, C } = selectProbeStrength({
    train: part('train'),
    validation: part('validation'),
  });
  const { auc, strength } = row(scenario());
  expect(strength).toBe(C);
  expect(auc).toBeCloseTo(testAuc(probe), 12);
});

test('with folds: strength fold by fold, fitted on train and validation', () => {
  const foldOf = (place: number): string | undefined =>
    splitOf(place) === 'test' ? undefined : `month ${place % 3}`;
  const { probe, C } = selectProbeStrengthByFolds({
    users: part('train', 'validation'),
    folds: labels.flatMap(({ place }) => foldOf(place) ?? []),
  });
  const { auc, strength } = row(scenario(foldOf));
  expect(strength).toBe(C);
  expect(auc).toBeCloseTo(testAuc(probe), 12);
  expect(auc).not.toBe(row(scenario()).auc);
});

test('with folds a strength that others chose is taken as it is', () => {
  const foldOf = (place: number): string | undefined =>
    splitOf(place) === 'test' ? undefined : `month ${place % 3}`;
  const of = scenario(foldOf);
  // The label itself, as tuning leaves it: a fold left out says nothing of it.
  const tuned = {
    columns: columns + 1,
    at: (place: number) => [...at(place), 10 * labels[place]!.label],
  };
  const options = { features: tuned };
  const other = row(of);
  const given = probeRow(of, { ...options, foldStrength: other.strength });
  expect(probeRow(of, options).strength).not.toBe(other.strength);
  expect(given.strength).toBe(other.strength);
  expect(given.auc).toBeGreaterThan(other.auc);
  // Where the validation split chooses, it goes on doing so.
  const chosen = probeRow(scenario(), options).strength!;
  const foldStrength = chosen / 10;
  expect(probeRow(scenario(), { ...options, foldStrength }).strength).toBe(chosen);
});
