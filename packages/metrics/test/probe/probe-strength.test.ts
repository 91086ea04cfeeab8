import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  fitLogisticProbe,
  probeScores,
  rocAuc,
  selectProbeStrength,
  sigmoid,
  type LabelledFeatures,
} from '@q-anchor/metrics';

/** Many columns that tell a little each: few rows need a strong penalty. */
const noisy = (seed: number, rows: number): LabelledFeatures => {
  const random = createRandom(seed);
  const columns = 40;
  const features = Float64Array.from({ length: rows * columns }, () => random.normal());
  const labels = Array.from({ length: rows }, (_, r) => {
    const row = features.subarray(r * columns, (r + 1) * columns);
    return random.uniform() < sigmoid(0.4 * row.reduce((a, b) => a + b, 0)) ? 1 : 0;
  });
  return { features, rows, columns, labels };
};

const train = noisy(1, 80);
const validation = noisy(2, 400);

describe('selectProbeStrength', () => {
  test('does what fitting and scoring one by one does', () => {
    const strengths = [1, 0.001, 0.1];
    const { C, probe, candidates } = selectProbeStrength({ train, validation, strengths });
    expect(candidates.map((candidate) => candidate.C)).toEqual([0.001, 0.1, 1]);
    for (const candidate of candidates) {
      const alone = fitLogisticProbe({ ...train, C: candidate.C });
      const auc = (set: LabelledFeatures): number =>
        rocAuc({ labels: set.labels, scores: probeScores(alone, set) });
      expect(candidate.validationAuc).toBeCloseTo(auc(validation), 12);
      expect(candidate.trainAuc).toBeCloseTo(auc(train), 12);
    }
    const best = Math.max(...candidates.map((candidate) => candidate.validationAuc));
    expect(candidates.find((candidate) => candidate.C === C)!.validationAuc).toBe(best);
    expect(rocAuc({ labels: validation.labels, scores: probeScores(probe, validation) })).toBe(
      best,
    );
  });

  test('the training set would have chosen the weakest penalty, the validation set does not', () => {
    const { C, candidates } = selectProbeStrength({ train, validation });
    const byTrain = candidates.toSorted((a, b) => b.trainAuc - a.trainAuc)[0]!;
    expect(byTrain.C).toBeGreaterThan(C);
  });

  test('of equals it takes the strongest penalty', () => {
    const separable = { features: [-2, -1, 1, 2], rows: 4, columns: 1, labels: [0, 0, 1, 1] };
    const { C } = selectProbeStrength({
      train: separable,
      validation: separable,
      strengths: [10, 0.1, 1],
    });
    expect(C).toBe(0.1);
  });

  test('refuses an empty grid and a validation set of one class', () => {
    expect(() => selectProbeStrength({ train, validation, strengths: [] })).toThrow(InputError);
    const oneClass = { ...validation, labels: Array.from(validation.labels, () => 0) };
    expect(() => selectProbeStrength({ train, validation: oneClass })).toThrow('0 positives');
  });
});
