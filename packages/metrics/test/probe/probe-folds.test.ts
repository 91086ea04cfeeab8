import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  fitLogisticProbe,
  probeScores,
  rocAuc,
  selectProbeStrength,
  selectProbeStrengthByFolds,
  sigmoid,
  type LabelledFeatures,
} from '@q-anchor/metrics';

const columns = 12;
const folds = ['spring', 'summer', 'autumn'] as const;

/**
 * Users of three seasons. The first column tells the same in all of them; the others tell a lot, but
 * each season something else.
 */
function seasons(seed: number, rowsEach: number): { users: LabelledFeatures; folds: string[] } {
  const random = createRandom(seed);
  const features: number[] = [];
  const labels: number[] = [];
  const of: string[] = [];
  for (const [season, fold] of folds.entries()) {
    for (let i = 0; i < rowsEach; i++) {
      const row = Array.from({ length: columns }, () => random.normal());
      const own = row
        .slice(1)
        .reduce((sum, value, column) => sum + (column % 3 === season ? value : -value / 2), 0);
      labels.push(random.uniform() < sigmoid(0.8 * row[0]! + 1.2 * own) ? 1 : 0);
      features.push(...row);
      of.push(fold);
    }
  }
  return { users: { features, rows: labels.length, columns, labels }, folds: of };
}

const known = seasons(1, 150);

const part = (keep: (fold: string) => boolean): LabelledFeatures => {
  const rows = known.folds.flatMap((fold, row) => (keep(fold) ? [row] : []));
  return {
    features: rows.flatMap((row) =>
      Array.from({ length: columns }, (_, column) => known.users.features[row * columns + column]!),
    ),
    rows: rows.length,
    columns,
    labels: rows.map((row) => known.users.labels[row]!),
  };
};

describe('selectProbeStrengthByFolds', () => {
  test('does what fitting without each fold and scoring it does', () => {
    const strengths = [1, 0.001, 0.1];
    const { C, probe, candidates } = selectProbeStrengthByFolds({ ...known, strengths });
    expect(candidates.map((candidate) => candidate.C)).toEqual([0.001, 0.1, 1]);
    for (const candidate of candidates) {
      const aucs = folds.map((fold) => {
        const held = part((one) => one === fold);
        const alone = fitLogisticProbe({ ...part((one) => one !== fold), C: candidate.C });
        const auc = rocAuc({ labels: held.labels, scores: probeScores(alone, held) });
        expect(candidate.foldAucs[fold]).toBeCloseTo(auc, 10);
        return auc;
      });
      expect(candidate.meanAuc).toBeCloseTo((aucs[0]! + aucs[1]! + aucs[2]!) / 3, 10);
    }
    const best = Math.max(...candidates.map(({ meanAuc }) => meanAuc));
    expect(candidates.find((candidate) => candidate.C === C)!.meanAuc).toBe(best);
    const everybody = fitLogisticProbe({ ...known.users, C });
    expect([...probeScores(probe, known.users)]).toEqual([...probeScores(everybody, known.users)]);
  });

  test('chooses a stronger penalty than users of the same seasons would, where seasons differ', () => {
    const byFolds = selectProbeStrengthByFolds(known);
    const sameSeasons = selectProbeStrength({
      train: known.users,
      validation: seasons(2, 150).users,
    });
    expect(byFolds.C).toBeLessThan(sameSeasons.C);
  });

  test('of equals it takes the stronger penalty', () => {
    const users = {
      features: [-2, -1, 1, 2, -2, -1, 1, 2],
      rows: 8,
      columns: 1,
      labels: [0, 0, 1, 1, 0, 0, 1, 1],
    };
    const halves = ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b'];
    expect(selectProbeStrengthByFolds({ users, folds: halves, strengths: [10, 0.1] }).C).toBe(0.1);
  });

  test('a fold of one class is fitted on, not scored', () => {
    const rows = known.folds.map((fold, row) => (fold === 'autumn' ? 0 : known.users.labels[row]!));
    const { candidates } = selectProbeStrengthByFolds({
      users: { ...known.users, labels: rows },
      folds: known.folds,
      strengths: [0.1],
    });
    expect(Object.keys(candidates[0]!.foldAucs)).toEqual(['spring', 'summer']);
  });

  test('says what is wrong with folds and strengths', () => {
    const { users } = known;
    expect(() => selectProbeStrengthByFolds({ users, folds: ['a'] })).toThrow(
      /folds: expected one for each of 450 users, found 1/u,
    );
    expect(() => selectProbeStrengthByFolds({ users, folds: known.folds.map(() => 'a') })).toThrow(
      /expected at least two folds with both classes, found 0 of 1/u,
    );
    expect(() => selectProbeStrengthByFolds({ ...known, strengths: [] })).toThrow(InputError);
  });
});
