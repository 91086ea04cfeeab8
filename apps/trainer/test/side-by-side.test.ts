import { createRandom } from '@q-anchor/core';
import type { LoadedScenario } from '@q-anchor/prompt-tuning';
import { expect, test } from 'vitest';

import { evaluateScenarios } from '../src/evaluate/evaluate-scenarios.js';
import type { EvaluationSet } from '../src/evaluate/evaluation-set.js';
import type { RowName } from '../src/evaluate/rows/row-names.js';
import { solvedHere } from './support/solved-here.js';

const users = 400;
const dimensions = 3;
const random = createRandom(8);
const names = ['first', 'second'] as const;

/** What is known of a user: two hidden numbers. */
const hidden = Array.from({ length: users }, () => [random.normal(), random.normal()] as const);

/** A scenario that asks for the sum of both, with what the embeddings are made of. */
const labels: EvaluationSet['scenarios'][number]['labels'] = hidden.map(([a, b], place) => ({
  userId: `u${place}`,
  referenceDays: 0,
  place,
  split: (['train', 'train', 'validation', 'test'] as const)[place % 4]!,
  label: a + b > 0 ? 1 : 0,
  fold: `month ${place % 3}`,
}));

const noise = (): number => random.normal();

/** An embedding with one of the hidden numbers, or none. */
const holding = (number = noise()): readonly number[] => [number, noise(), noise()];

/** For no question noise, for each scenario's question one of the hidden numbers. */
const asked = Float32Array.from(
  hidden.flatMap(([a, b]) => [holding(), holding(a), holding(b)].flat()),
);
const untrained = Float32Array.from(asked, noise);
const tuned = Float32Array.from(
  hidden.flatMap(([a, b]) => [holding(2 * a), holding(2 * b)].flat()),
);

async function rowsOf(...wanted: readonly RowName[]) {
  const scenarios = names.map((name) => ({ name, domain: 'test', queries: [`${name}?`], labels }));
  const evaluations = await evaluateScenarios(
    { references: labels, scenarios, skipped: [] },
    {
      embedded: {
        embeddings: [asked, untrained],
        tuned,
        dimensions,
        tabular: labels.map(() => ({})),
      },
      artefacts: new Map(names.map((scenario) => [scenario, { scenario } as LoadedScenario])),
      isWanted: (row) => wanted.includes(row),
      seed: 1,
      resamples: 2,
      solver: solvedHere,
      onProgress: () => {},
    },
  );
  return evaluations.map(({ rows }) => rows);
}

const all = [
  'promptTunedSideBySide',
  'querySideBySide',
  'randomEncoderSideBySide',
  'query',
  'promptTuned',
] as const;

test('side by side a probe sees what each question tells, of every user its own', async () => {
  for (const rows of await rowsOf(...all)) {
    // The label is the sum of what two questions give, one each.
    expect(rows.query!.auc).toBeLessThan(0.95);
    expect(rows.promptTuned!.auc).toBeLessThan(0.95);
    expect(rows.querySideBySide!.auc).toBeGreaterThan(0.98);
    expect(rows.promptTunedSideBySide!.auc).toBeGreaterThan(0.98);
    expect(rows.randomEncoderSideBySide!.auc).toBeLessThan(0.7);
    expect(rows.querySideBySide!.features!.columns).toBe(2 * dimensions);
    const place = 7;
    const [a, b] = hidden[place]!;
    const own = rows.querySideBySide!.features!.at(place);
    expect([own[0], own[dimensions]]).toEqual([Math.fround(a), Math.fround(b)]);
  }
});

test('tuned ones take the strength that folds chose for the asked ones side by side', async () => {
  const [rows] = await rowsOf(...all);
  expect(rows!.promptTunedSideBySide!.strength).toBe(rows!.querySideBySide!.strength);
  expect(rows!.promptTuned!.strength).toBe(rows!.query!.strength);
  const [alone] = await rowsOf('promptTunedSideBySide');
  expect(Object.keys(alone!)).toEqual(['promptTunedSideBySide']);
  expect(alone!.promptTunedSideBySide!.strength).toBe(rows!.querySideBySide!.strength);
});

test('they are made only where they are asked for', async () => {
  const [rows] = await rowsOf('query');
  expect(Object.keys(rows!)).toEqual(['query']);
});

test('each scenario has its own rows', async () => {
  const place = 11;
  const firsts = (await rowsOf('query')).map(({ query }) => query!.features!.at(place)[0]);
  expect(firsts).toEqual(hidden[place]!.map(Math.fround));
});
