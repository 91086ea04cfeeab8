import { createRandom } from '@q-anchor/core';
import { averagedEmbeddings } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

import { embeddingQueries } from '../src/embed/embedding-queries.js';
import { evaluateScenarios, evaluationQueries } from '../src/evaluate/evaluate-scenarios.js';
import type { EvaluatedScenario } from '../src/evaluate/evaluation-set.js';
import { solvedHere } from './support/solved-here.js';

const users = 400;
const questions = ['Why?', 'When?', 'Who?'];
const dimensions = 2;
const random = createRandom(7);
const labels = Array.from({ length: users }, (_, place) => ({
  userId: `u${place}`,
  referenceDays: 0,
  place,
  split: (['train', 'train', 'validation', 'test'] as const)[place % 4]!,
  label: random.integer(2) as 0 | 1,
}));
const profiles = labels.map(({ userId }) => ({
  userId,
  referenceDays: 0,
  events: {},
  tabular: {},
}));

/** Each question tells the label by an angle, with an error of its own; no question tells nothing. */
const angles = labels.map(({ label }) =>
  questions.map(() => (label === 1 ? 0.4 : -0.4) + random.normal()),
);
const embedder = {
  dimensions,
  embed: async (_: unknown, asked: readonly string[]) =>
    Float32Array.from(
      angles.flatMap((own) =>
        asked.flatMap((question) => {
          const angle = own[questions.indexOf(question)] ?? 0;
          return [Math.cos(angle), Math.sin(angle)];
        }),
      ),
    ),
};

const scenario = (name: string, queries: readonly string[]): EvaluatedScenario => ({
  name,
  domain: 'test',
  queries,
  labels,
});

test('a scenario of several questions is evaluated on their mean', async () => {
  const set = {
    references: labels,
    scenarios: [scenario('one', [questions[0]!]), scenario('all', questions)],
    skipped: [],
  };
  const queries = evaluationQueries(set);
  expect(queries).toEqual([[''], ['Why?'], questions]);
  const embeddings = [await averagedEmbeddings(embedder, { profiles, queries })];
  const [one, all] = await evaluateScenarios(set, {
    embedded: {
      embeddings,
      tuned: new Float32Array(0),
      dimensions,
      tabular: profiles.map(({ tabular }) => tabular),
    },
    artefacts: new Map(),
    seed: 1,
    resamples: 2,
    isWanted: () => true,
    solver: solvedHere,
    onProgress: () => {},
  });
  // Three errors average out to 1 / sqrt(3) of one: AUC is about Phi(0.8 / sqrt 2) = .71, and .84.
  expect(one!.rows.query!.auc).toBeLessThan(0.78);
  expect(all!.rows.query!.auc).toBeGreaterThan(0.78);
  expect(all!.rows.noQuery!.auc).toBeCloseTo(0.5, 6);
});

test('questions in words are embedded one by one, a scenario’s together', () => {
  const scenarios = [scenario('all', questions)];
  const asked = { queries: ['', 'What?'], names: ['all'], artefacts: new Map() };
  expect(embeddingQueries(scenarios, asked)).toEqual([
    { queries: [''] },
    { queries: ['What?'] },
    { queries: questions, scenario: 'all' },
  ]);
});
