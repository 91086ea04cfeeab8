import { rocAuc } from '@q-anchor/metrics';
import { readTrueProbabilities, type Dataset } from '@q-anchor/useru';

import { evaluationSet } from '../evaluate/evaluation-set.js';
import { rowTask } from '../evaluate/rows/row-task.js';
import { solveRow } from '../evaluate/rows/solve-row.js';
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
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<Record<string, Baseline>> {
  const { signal, onProgress } = options;
  const { scenarios, references } = await evaluationSet(dataset, []);
  const { counts, timing } = await actionFeatures(dataset, { references, signal });
  const baselines: Record<string, Baseline> = {};
  for (const [done, scenario] of scenarios.entries()) {
    onProgress(done, scenarios.length);
    // Lets a stop be heard between fits.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const truth = await readTrueProbabilities(dataset.directory, scenario.name);
    const test = scenario.labels.filter(({ split }) => split === 'test');
    const labels = test.map(({ label }) => label);
    const aucOf = (features: typeof counts): number =>
      solveRow(rowTask(scenario, { features, model: 'probe', seed: 1, resamples: 2 })).auc;
    baselines[scenario.name] = {
      users: test.length,
      positives: labels.filter((label) => label === 1).length,
      bayes: rocAuc({ labels, scores: test.map(({ userId }) => truth.get(userId)!) }),
      counts: aucOf(counts),
      timing: aucOf(timing),
    };
  }
  return baselines;
}
