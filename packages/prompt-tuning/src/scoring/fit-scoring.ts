import { InputError } from '@q-anchor/core';
import { delongAuc, ks, type ScoredLabels } from '@q-anchor/metrics';

import { prototypeScores } from '../losses/prototype-likelihoods.js';
import { tableOf } from '../losses/prototype-table.js';
import type { TunedPrompt } from '../tune/tune-prompt.js';
import { chosenCalibration } from './choose-calibration.js';
import { fitScenarioProbe, scenarioProbeScores, type ScoringUsers } from './scenario-probe.js';
import type { ScenarioScoring, ScoreReading } from './scenario-scoring.js';
import { scoreThresholds, type ThresholdOptions } from './score-thresholds.js';

/** What {@link fitScoring} is given. */
export interface FitScoringOptions extends ThresholdOptions {
  /** The prototypes, of two classes. */
  readonly tuned: Pick<TunedPrompt, 'prototypes' | 'classes' | 'temperature'>;
  /** Users it was tuned on, embedded by the tuned prompt: the probe is fitted on them. */
  readonly train: ScoringUsers;
  /** Other users, of each class two at least: they calibrate, and choose strength and thresholds. */
  readonly validation: ScoringUsers;
  /** Seed of the folds that calibrations are compared on. Default 1. */
  readonly seed?: number;
}

/**
 * Fits what turns tuned embeddings into decisions: a probe on the training users, and for its score as
 * for that of the prototypes a calibration, thresholds and quality on the validation users.
 *
 * The training users calibrate nothing: prompts, prototypes and probe have seen their labels.
 *
 * @throws {@link @q-anchor/core#InputError} if there are not two classes, or not two validation users
 * of each, and as {@link scoreThresholds}
 */
export function fitScoring(options: FitScoringOptions): ScenarioScoring {
  const { tuned, train, validation, seed = 1 } = options;
  const { labels } = validation;
  requireScorable(labels);
  const reading = (scores: Float64Array): ScoreReading => {
    const users: ScoredLabels = { labels, scores };
    const { calibration, outOfFold } = chosenCalibration(users, seed);
    const { auc, interval } = delongAuc(users);
    return {
      calibration,
      thresholds: scoreThresholds(users, { ...options, calibration }),
      validation: {
        users: labels.length,
        positives: labels.filter((label) => label === 1).length,
        auc,
        aucInterval: interval,
        ks: ks(users),
        outOfFold,
      },
    };
  };
  const weights = fitScenarioProbe(train, validation);
  return {
    prototypes: reading(prototypeScores(validation.embeddings, tableOf(tuned))),
    probe: { ...reading(scenarioProbeScores(validation.embeddings, weights)), weights },
  };
}

/**
 * Insists on enough validation users of each of two classes to calibrate on.
 *
 * @param labels - their classes
 * @throws {@link @q-anchor/core#InputError} if there are fewer than two of one
 */
export function requireScorable(labels: readonly number[]): void {
  const counts = [0, 1].map((label) => labels.filter((own) => own === label).length);
  if (Math.min(...counts) >= 2) return;
  throw new InputError({
    where: 'validation users of a scenario',
    expected: 'at least 2 of each class, to calibrate scores on',
    found: `${counts[1]} positives and ${counts[0]} negatives`,
    fix: 'Take more users',
  });
}
