import type { Interval } from '@q-anchor/metrics';

import type { ChosenCalibration } from './choose-calibration.js';
import type { ScenarioProbe } from './scenario-probe.js';
import type { ScoreCalibration } from './score-calibration.js';
import type { ScoreThreshold } from './score-thresholds.js';

/** How well a score did on the validation users, who also decided when tuning stopped. */
export interface ScoreValidation {
  /** Users. */
  readonly users: number;
  /** Those of class 1. */
  readonly positives: number;
  /** Area under the ROC curve. */
  readonly auc: number;
  /** DeLong's 95 % interval of it. */
  readonly aucInterval: Interval;
  /** Kolmogorov-Smirnov distance. */
  readonly ks: number;
  /** Each calibration that was tried, on users left out of its fit. */
  readonly outOfFold: ChosenCalibration['outOfFold'];
}

/** How a score is read. */
export interface ScoreReading {
  /** From scores to probabilities. */
  readonly calibration: ScoreCalibration;
  /** Scores from which on a user is acted on, by what they were chosen for. */
  readonly thresholds: Readonly<Record<string, ScoreThreshold>>;
  /** How well it did. */
  readonly validation: ScoreValidation;
}

/** Two ways to score a user by a tuned embedding. */
export interface ScenarioScoring {
  /** By the prototypes: `prototypeScores`. */
  readonly prototypes: ScoreReading;
  /** By a logistic probe, the paper's protocol. */
  readonly probe: ScoreReading & { readonly weights: ScenarioProbe };
}
