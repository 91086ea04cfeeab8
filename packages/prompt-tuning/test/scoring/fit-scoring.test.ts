import { createRandom, InputError } from '@q-anchor/core';
import {
  delongAuc,
  isotonicCalibration,
  ks,
  logLoss,
  plattCalibration,
  plattProbabilities,
  probeScores,
  selectProbeStrength,
  selectProbeStrengthByFolds,
  sigmoid,
} from '@q-anchor/metrics';
import {
  calibratedProbabilities,
  fitScoring,
  prototypeScores,
  scenarioScores,
  tableOf,
  type ScoringUsers,
} from '@q-anchor/prompt-tuning';
import { describe, expect, test } from 'vitest';

/** Class 0 to the east, class 1 to the north. */
const tuned = {
  prototypes: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
  classes: 2,
  temperature: 0.5,
} as const;

/** Users at angles of their own; the class depends on the prototypes' score. */
function usersOf(
  seed: number,
  count: number,
  chance: (score: number) => number = (score) => sigmoid(1.5 * score - 1),
): ScoringUsers {
  const random = createRandom(seed);
  const embeddings = new Float32Array(2 * count);
  const labels = Array.from({ length: count }, (_, user) => {
    const angle = (Math.PI / 2) * random.uniform();
    embeddings.set([Math.cos(angle), Math.sin(angle)], 2 * user);
    const score = (Math.sin(angle) - Math.cos(angle)) / tuned.temperature;
    return random.uniform() < chance(score) ? 1 : 0;
  });
  return { embeddings, labels };
}

const train = usersOf(1, 300);
const validation = usersOf(2, 200);
const scoring = fitScoring({ tuned, train, validation });
const scored = {
  labels: validation.labels,
  scores: prototypeScores(validation.embeddings, tableOf(tuned)),
};
const artefact = { ...tuned, scenario: 'takeout', scoring };

const features = ({ embeddings, labels }: ScoringUsers) => ({
  features: embeddings,
  rows: labels.length,
  columns: 2,
  labels,
});

describe('probabilities', () => {
  test('by the prototypes: (cos - cos) / T through the logistic map, by hand', () => {
    const { prototypes } = scoring;
    const { calibration } = prototypes;
    if (calibration.method !== 'platt') throw new Error('200 users are too few for isotonic');
    const { scores, probabilities } = scenarioScores(
      Float32Array.of(0.6, 0.8),
      artefact,
    ).prototypes;
    expect(scores[0]).toBeCloseTo((0.8 - 0.6) / 0.5, 6);
    const odds = calibration.slope * scores[0]! + calibration.intercept;
    expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-odds)), 12);
    expect(calibration).toEqual({ method: 'platt', ...plattCalibration(scored) });
  });

  test('by the probe: b + w (u - mean) / scale, as the probe itself gives it', () => {
    const { C, probe } = selectProbeStrength({
      train: features(train),
      validation: features(validation),
    });
    expect(scoring.probe.weights.strength).toBe(C);
    const expected = probeScores(probe, features(validation));
    const { scores, probabilities } = scenarioScores(validation.embeddings, artefact).probe;
    const worst = scores.reduce(
      (most, score, i) => Math.max(most, Math.abs(score - expected[i]!)),
      0,
    );
    expect(worst).toBeLessThan(1e-5);
    const own = plattCalibration({ labels: validation.labels, scores });
    expect(scoring.probe.calibration).toEqual({ method: 'platt', ...own });
    expect(probabilities).toEqual(plattProbabilities(own, scores));
  });

  test('are near what happens to other users', () => {
    const others = usersOf(3, 4000);
    for (const by of ['prototypes', 'probe'] as const) {
      const { probabilities } = scenarioScores(others.embeddings, artefact)[by];
      const mean = probabilities.reduce((sum, p) => sum + p, 0) / 4000;
      const rate = others.labels.reduce((sum, label) => sum + label, 0) / 4000;
      expect(Math.abs(mean - rate)).toBeLessThan(0.05);
    }
  });

  test('need an artefact with scoring', () => {
    const bare = { ...artefact, scoring: null };
    expect(() => scenarioScores(validation.embeddings, bare)).toThrow(
      /scenario takeout: expected an artefact with calibration/,
    );
  });
});

describe('the calibration', () => {
  const chosen = (users: ScoringUsers) =>
    fitScoring({ tuned, train, validation: users }).prototypes;

  test('of a logistic world is Platt’s, whatever the number of users', () => {
    expect(scoring.prototypes.validation.outOfFold).not.toHaveProperty('isotonic');
    const { calibration, validation: quality } = chosen(usersOf(4, 3000));
    expect(calibration.method).toBe('platt');
    const { platt, isotonic } = quality.outOfFold;
    expect(platt.logLoss).toBeLessThanOrEqual(isotonic!.logLoss);
  });

  // Chances in steps: no logistic curve is near them.
  const steps = (score: number): number => (score < -1 ? 0.4 : score < 0.8 ? 0.1 : 0.9);

  test('of a world in steps is isotonic, from 1000 users on', () => {
    const many = usersOf(5, 3000, steps);
    const { calibration, validation: quality } = chosen(many);
    expect(calibration).toEqual({
      method: 'isotonic',
      ...isotonicCalibration({
        labels: many.labels,
        scores: prototypeScores(many.embeddings, tableOf(tuned)),
      }),
    });
    const { platt, isotonic } = quality.outOfFold;
    expect(isotonic!.logLoss).toBeLessThan(platt.logLoss - 0.01);
    expect(isotonic!.brier).toBeLessThan(platt.brier);
    expect(chosen(usersOf(5, 999, steps)).calibration.method).toBe('platt');
  });

  test('is measured on users it has not seen', () => {
    const few = usersOf(6, 14, () => 0.5);
    const { calibration, validation: quality } = chosen(few);
    const probabilities = calibratedProbabilities(
      prototypeScores(few.embeddings, tableOf(tuned)),
      calibration,
    );
    expect(quality.outOfFold.platt.logLoss).toBeGreaterThan(
      logLoss({ labels: few.labels, probabilities }),
    );
  });

  test('needs two users of each class', () => {
    const labels = validation.labels.map((_, user) => (user === 0 ? 1 : 0));
    const fit = () => fitScoring({ tuned, train, validation: { ...validation, labels } });
    expect(fit).toThrow(InputError);
    expect(fit).toThrow(/at least 2 of each class.*1 positives and 199 negatives/s);
  });
});

describe('thresholds', () => {
  const costs = { falsePositive: 1, falseNegative: 5 };
  const { thresholds } = fitScoring({
    tuned,
    train,
    validation,
    costs,
    topShares: [0.005, 0.2],
  }).prototypes;
  const { labels, scores } = scored;
  const positives = labels.filter((label) => label === 1).length;
  const counted = (threshold: number) => {
    const acted = labels.filter((_, user) => scores[user]! >= threshold);
    const found = acted.filter((label) => label === 1).length;
    return { acted: acted.length, found };
  };

  test('ks: no other score has a wider gap', () => {
    const gap = (threshold: number): number => {
      const { acted, found } = counted(threshold);
      return found / positives - (acted - found) / (labels.length - positives);
    };
    const { score, probability, share, recall, precision } = thresholds['ks']!;
    expect(gap(score!)).toBeCloseTo(Math.max(...scores.map(gap)), 12);
    expect(gap(score!)).toBeCloseTo(ks(scored), 12);
    const { acted, found } = counted(score!);
    expect([share, recall, precision]).toEqual([acted / 200, found / positives, found / acted]);
    const { calibration } = scoring.prototypes;
    expect(probability).toBe(calibratedProbabilities([score!], calibration)[0]);
  });

  test('cost: no other score is cheaper; costs are kept', () => {
    const cost = (threshold: number): number => {
      const { acted, found } = counted(threshold);
      return acted - found + 5 * (positives - found);
    };
    expect(cost(thresholds['cost']!.score!)).toBe(Math.min(...scores.map(cost)));
    expect(thresholds['cost']!.costs).toEqual(costs);
    expect(scoring.prototypes.thresholds).not.toHaveProperty('cost');
  });

  test('top shares by per cent', () => {
    expect(Object.keys(thresholds)).toEqual(['ks', 'top0.5', 'top20', 'cost']);
    expect(thresholds['top0.5']!.share).toBe(1 / 200);
    expect(thresholds['top20']!.share).toBe(40 / 200);
    expect(Object.keys(scoring.prototypes.thresholds)).toEqual(['ks', 'top1', 'top5', 'top10']);
  });

  test('acting on nobody is null', () => {
    const dear = { falsePositive: 1e9, falseNegative: 1e-9 };
    const nobody = usersOf(7, 100, () => 0.3);
    const fitted = fitScoring({ tuned, train, validation: nobody, costs: dear }).probe;
    const { score, probability, precision } = fitted.thresholds['cost']!;
    const best = Math.max(...scenarioScores(nobody.embeddings, artefact).probe.scores);
    const isTopPositive =
      nobody.labels[scenarioScores(nobody.embeddings, artefact).probe.scores.indexOf(best)];
    expect(isTopPositive).toBe(0);
    expect([score, probability, precision]).toEqual([null, null, null]);
  });
});

test('quality on the validation users', () => {
  const { auc, interval } = delongAuc(scored);
  expect(scoring.prototypes.validation).toMatchObject({
    users: 200,
    positives: validation.labels.filter((label) => label === 1).length,
    auc,
    aucInterval: interval,
    ks: ks(scored),
  });
});

test('with folds the strength is chosen over them, and the probe fitted on training users alone', () => {
  const folded = (users: ScoringUsers): ScoringUsers => ({
    ...users,
    folds: users.labels.map((_, user) => `period ${user % 3}`),
  });
  const [a, b] = [folded(train), folded(validation)];
  const both = {
    embeddings: Float32Array.of(...a.embeddings, ...b.embeddings),
    labels: [...a.labels, ...b.labels],
  };
  const { C } = selectProbeStrengthByFolds({
    users: features(both),
    folds: [...a.folds!, ...b.folds!],
  });
  const { weights } = fitScoring({ tuned, train: a, validation: b }).probe;
  expect(weights.strength).toBe(C);
  const mean = train.embeddings.filter((_, i) => i % 2 === 0).reduce((sum, x) => sum + x, 0) / 300;
  expect(weights.mean[0]).toBeCloseTo(mean, 5);
});
