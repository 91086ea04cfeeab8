import { createRandom } from '@q-anchor/core';
import { evaluateScores } from '@q-anchor/metrics';

import type { ScenarioEvaluation } from '../../../src/evaluate/evaluate-scenarios.js';
import { evaluationDetails } from '../../../src/evaluate/evaluation-details.js';
import { meanRows } from '../../../src/evaluate/mean-rows.js';
import type { EvaluationFile } from '../../../src/evaluate/evaluation-file.js';
import type { RunSource } from '../../../src/report/read/run-source.js';

const dimensions = 6;

/** Labels and scores of a scenario; a row's strength is how far it moves positives up. */
export function scenarioEvaluation(options: {
  readonly name: string;
  readonly domain?: string;
  readonly users?: number;
  readonly strengths: Readonly<Record<string, number>>;
}): ScenarioEvaluation {
  const { name, domain = 'risk', users = 400, strengths } = options;
  const random = createRandom(1).fork(name);
  const labels = Array.from({ length: users }, (_, i) => ({
    userId: `u${i}`,
    referenceDays: 0,
    split: i % 4 === 0 ? ('train' as const) : ('test' as const),
    label: random.uniform() < 0.3 ? (1 as const) : (0 as const),
    place: i,
  }));
  const test = labels.filter(({ split }) => split === 'test');
  // What all rows see alike: without it pairs would not be worth testing.
  const common = test.map(() => random.normal());
  const rows = Object.fromEntries(
    Object.entries(strengths).map(([row, strength]) => {
      const scores = Float64Array.from(
        test,
        ({ label }, i) => strength * label + common[i]! + 0.3 * random.normal() - 1,
      );
      const features = {
        columns: dimensions,
        at: (place: number) =>
          Array.from({ length: dimensions }, (_, c) =>
            c === 0 ? strength * labels[place]!.label : Math.sin(place * (c + 1)),
          ),
      };
      const own = test.map(({ label }) => label);
      const measured = evaluateScores({ labels: own, scores, seed: 1, resamples: 20 });
      return [row, { ...measured, strength: 1, scores, features }];
    }),
  );
  return { scenario: { name, domain, queries: [`Is it ${name}?`], labels }, rows };
}

/** An evaluation as a run keeps it. */
export async function evaluationOf(
  evaluations: readonly ScenarioEvaluation[],
  { projectedUsers = 40 } = {},
): Promise<EvaluationFile> {
  const scenarios = await evaluationDetails(evaluations, {
    projection: { users: projectedUsers, seed: 1, signal: new AbortController().signal },
    tokensOf: (question) => question.length,
    onProgress: () => {},
  });
  const averages = meanRows(evaluations, { seed: 1, resamples: 100 });
  return {
    formatVersion: 1,
    made: {
      time: '2026-11-28T08:00:00.000Z',
      version: '0.0.0',
      commit: 'abc123',
      node: '20.0.0',
      platform: 'linux x64',
      processor: 'a processor',
      cores: 2,
      memoryMB: 24_000,
    },
    model: { digest: '0123456789abcdef', dimensions },
    dataset: { name: 'made up', digest: 'fedcba9876543210' },
    settings: { seed: 1, resamples: 20 },
    embedding: { users: 400, questions: 3, parameterSets: 2, seconds: 8 },
    scenarios: { ...scenarios },
    ...(averages && {
      averages: { rows: { ...averages.rows }, comparisons: [...averages.comparisons] },
    }),
    slices: {
      column: 'city',
      rows: [
        {
          scenario: 'fraud',
          level: 'north',
          users: 50,
          positives: 9,
          rows: { query: { auc: 0.625, ks: 0.25 } },
        },
      ],
    },
  };
}

/** Rows of a run that does well: tuned above the query, that above no query and the baselines. */
export const strengths = {
  promptTuned: 3,
  query: 2,
  noQuery: 1,
  randomEncoder: 0.5,
  'gradient "boosted" <trees>': 0.8,
};

/** A run with everything a report shows. */
export async function fullRun(name = 'run', trainUsers = 1000): Promise<RunSource> {
  const evaluation = await evaluationOf([
    scenarioEvaluation({ name: 'fraud', strengths }),
    scenarioEvaluation({ name: 'visits & <b>', domain: 'engagement', strengths }),
  ]);
  const losses = (step: number) => ({
    loss: 5 / step,
    contrastive: 3 / step,
    nextToken: 2 / step,
    accuracy: 1 - 1 / step,
  });
  const tuning = (promptTokens: number, steps: number, auc: number) => ({
    formatVersion: 1 as const,
    time: '2026-11-28T08:00:00.000Z',
    scenario: 'fraud',
    settings: {
      promptTokens,
      prototypesPerClass: 1,
      users: 300,
      stepsDone: steps,
      balance: 'batch',
    },
    losses: [
      { step: 0, loss: 0.7 },
      { step: steps, loss: 0.6 },
    ],
    bestStep: steps,
    seconds: 20,
    prefixSeconds: 15,
    bytes: 5120,
    validationAuc: { prototypes: 0.6, probe: auc },
  });
  return {
    name,
    source: `runs/${name}`,
    config: {
      preset: 'nano',
      seed: 1,
      hyperparameters: { steps: 300 },
      dataset: { name: 'made up', digest: 'fedcba9876543210' },
      trainUsers,
      trainPairs: 4 * trainUsers,
      tokenizer: 'aaaabbbbccccdddd',
      parameters: 123_456,
    } as unknown as NonNullable<RunSource['config']>,
    training: {
      steps: Array.from({ length: 300 }, (_, i) => ({
        step: i + 1,
        ...losses(i + 1),
        learningRate: 1e-3,
        seconds: 0.5,
        tokens: 1000,
      })),
      validations: [100, 200, 300].map((step) => ({ step, validation: losses(step) })),
    },
    tunings: [tuning(2, 100, 0.7), tuning(6, 100, 0.72), tuning(6, 300, 0.75)],
    evaluation,
    attention: {
      formatVersion: 1,
      users: 40,
      layers: 2,
      heads: 4,
      scenarios: {
        fraud: {
          before: { user: 0.25, 'bill events': 0.745, markers: 0.005 },
          after: { user: 0.5, 'bill events': 0.25, prompts: 0.245, markers: 0.005 },
          topEvents: [{ modality: 'bill', text: 'pays <a> bill', daysBefore: 3.5, share: 0.125 }],
        },
      },
    },
  };
}
