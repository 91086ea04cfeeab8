import { createRandom } from '@q-anchor/core';
import {
  brierScore,
  isotonicCalibration,
  logLoss,
  plattCalibration,
  type ScoredLabels,
} from '@q-anchor/metrics';

import { calibratedProbabilities, type ScoreCalibration } from './score-calibration.js';

/** Users from which on isotonic regression is tried: on fewer it follows noise. */
const isotonicUsers = 1000;

/** Folds at most. */
const mostFolds = 5;

/** How well probabilities fit users that the calibration had not seen. */
export interface CalibrationQuality {
  /** Mean negative log-likelihood, in nats. */
  readonly logLoss: number;
  /** Mean squared distance of probability and outcome. */
  readonly brier: number;
}

/** A calibration, and what it was chosen from. */
export interface ChosenCalibration {
  /** The map, fitted on all users. */
  readonly calibration: ScoreCalibration;
  /** Each map that was tried, on users left out of its fit. */
  readonly outOfFold: {
    readonly platt: CalibrationQuality;
    readonly isotonic?: CalibrationQuality;
  };
}

const fits = {
  platt: (input: ScoredLabels): ScoreCalibration => ({
    method: 'platt',
    ...plattCalibration(input),
  }),
  isotonic: (input: ScoredLabels): ScoreCalibration => ({
    method: 'isotonic',
    ...isotonicCalibration(input),
  }),
} as const;

/**
 * Chooses how scores become probabilities: Platt's map, or isotonic regression where there are 1000
 * users or more and its log loss is lower out of fold.
 *
 * Folds have users of each class in equal shares, 5 of them, fewer where a class has fewer users. Log
 * loss and not Brier's score decides: isotonic ends of probability 0 and 1 are promises that one user
 * can break.
 *
 * @param users - scores and labels of users that nothing was fitted on
 * @param seed - of the folds
 * @throws {@link @q-anchor/core#InputError} if there are not two users of each class
 */
export function chosenCalibration(users: ScoredLabels, seed: number): ChosenCalibration {
  const folds = foldsOf(users.labels, seed);
  const platt = outOfFold(users, { folds, method: 'platt' });
  if (users.labels.length < isotonicUsers) {
    return { calibration: fits.platt(users), outOfFold: { platt } };
  }
  const isotonic = outOfFold(users, { folds, method: 'isotonic' });
  const method = isotonic.logLoss < platt.logLoss ? 'isotonic' : 'platt';
  return { calibration: fits[method](users), outOfFold: { platt, isotonic } };
}

/** The fold of each user. */
function foldsOf(labels: ArrayLike<number>, seed: number): Uint8Array {
  const members = [0, 1].map((label) =>
    Array.from({ length: labels.length }, (_, user) => user).filter(
      (user) => labels[user] === label,
    ),
  );
  const count = Math.min(mostFolds, ...members.map((users) => users.length));
  const random = createRandom(seed).fork('calibration folds');
  const folds = new Uint8Array(labels.length);
  for (const [label, users] of members.entries()) {
    for (const [place, user] of random.fork(label).shuffled(users).entries()) {
      folds[user] = place % count;
    }
  }
  return folds;
}

function outOfFold(
  { labels, scores }: ScoredLabels,
  { folds, method }: { readonly folds: Uint8Array; readonly method: keyof typeof fits },
): CalibrationQuality {
  const probabilities = new Float64Array(labels.length);
  const count = folds.reduce((most, fold) => Math.max(most, fold + 1), 0);
  for (let fold = 0; fold < count; fold++) {
    const kept: number[] = [];
    const left: number[] = [];
    for (const [user, own] of folds.entries()) (own === fold ? left : kept).push(user);
    const calibration = fits[method]({
      labels: kept.map((user) => labels[user]!),
      scores: kept.map((user) => scores[user]!),
    });
    const own = calibratedProbabilities(
      left.map((user) => scores[user]!),
      calibration,
    );
    for (const [place, user] of left.entries()) probabilities[user] = own[place]!;
  }
  return {
    logLoss: logLoss({ labels, probabilities }),
    brier: brierScore({ labels, probabilities }),
  };
}
