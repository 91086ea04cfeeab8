import { rocAuc } from '@q-anchor/metrics';
import { readTrueProbabilities, type Dataset } from '@q-anchor/useru';
import pMap from 'p-map';

import { evaluationSet } from '../evaluate/evaluation-set.js';
import { rowTask } from '../evaluate/rows/row-task.js';
import type { RowSolver } from '../evaluate/threads/row-threads.js';
import { actionFeatures } from './action-features.js';

/** AUC on the test split of one simulated scenario. */
export interface Baseline {
  /** Test users. */
  readonly users: number;
  /** Those whose event happened. */
  readonly positives: number;
  /** Of the true probabilities. */
  readonly bayes: number;
  /** Of a logistic probe on counts per modality and category and totals. */
  readonly counts: number;
  /** Of one that has order and timing too. */
  readonly timing: number;
}

/**
 * Measures what counts tell of each scenario of a simulated dataset, and what order and timing add:
 * probes fitted on train, strength chosen on validation, AUC on test.
 */
export async function simulationBaselines(
  dataset: Dataset,
  options: {
    readonly solver: RowSolver;
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<Record<string, Baseline>> {
  const { solver, signal, onProgress } = options;
  const { scenarios, references } = await evaluationSet(dataset, []);
  const features = await actionFeatures(dataset, { references, signal });
  const kinds = ['counts', 'timing'] as const;
  let done = 0;
  const aucs = await pMap(
    scenarios.flatMap((scenario) => kinds.map((kind) => ({ scenario, kind }))),
    async ({ scenario, kind }) => {
      const task = { features: features[kind], model: 'probe', seed: 1, resamples: 2 } as const;
      const { auc } = await solver.solve(rowTask(scenario, task));
      onProgress(++done, 2 * scenarios.length);
      return auc;
    },
    { concurrency: solver.lanes, signal },
  );
  const baselines: Record<string, Baseline> = {};
  for (const [i, scenario] of scenarios.entries()) {
    const truth = await readTrueProbabilities(dataset.directory, scenario.name);
    const test = scenario.labels.filter(({ split }) => split === 'test');
    const labels = test.map(({ label }) => label);
    baselines[scenario.name] = {
      users: test.length,
      positives: labels.filter((label) => label === 1).length,
      bayes: rocAuc({ labels, scores: test.map(({ userId }) => truth.get(userId)!) }),
      counts: aucs[2 * i]!,
      timing: aucs[2 * i + 1]!,
    };
  }
  return baselines;
}
