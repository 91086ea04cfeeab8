import { boostedTreesScores } from '@q-anchor/baselines';
import { evaluateScores, probeScores, type ScoreEvaluation } from '@q-anchor/metrics';

import { fittedTrees } from './fitted-trees.js';
import type { RowTask } from './row-task.js';
import { selectedProbe } from './selected-probe.js';

/** How well a score does on the test split. */
export interface SolvedRow extends ScoreEvaluation {
  /** A probe's inverse penalty, chosen without the test split. */
  readonly strength?: number;
  /** Scores of the test users, log odds, in the order of the scenario's labels. */
  readonly scores: Float64Array;
}

/** Fits what the task says and scores its test users. */
export function solveRow(task: RowTask): SolvedRow {
  const { test, seed, resamples } = task;
  const { scores, ...chosen } = scored(task);
  return {
    ...evaluateScores({ labels: test.labels, scores, seed, resamples }),
    ...chosen,
    scores,
  };
}

function scored(task: RowTask): Pick<SolvedRow, 'scores' | 'strength'> {
  if (task.model === 'trees') return { scores: boostedTreesScores(fittedTrees(task), task.test) };
  const { probe, C } = selectedProbe(task);
  return { scores: probeScores(probe, task.test), strength: C };
}
