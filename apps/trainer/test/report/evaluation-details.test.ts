import { delongComparison, rocAuc } from '@q-anchor/metrics';
import { expect, test } from 'vitest';

import { evaluationDetails } from '../../src/evaluate/evaluation-details.js';
import { scenarioEvaluation, strengths } from './support/evaluated-run.js';

const detailsOf = async (users: number, projected = 40) => {
  const evaluation = scenarioEvaluation({ name: 'fraud', users, strengths });
  const details = await evaluationDetails([evaluation], {
    projection: { users: projected, seed: 1, signal: new AbortController().signal },
    tokensOf: (question) => question.split(' ').length,
    onProgress: () => {},
  });
  return { evaluation, scenario: details['fraud']! };
};

test('counts, and curves from end to end', async () => {
  const { evaluation, scenario } = await detailsOf(2000);
  expect(scenario).toMatchObject({ domain: 'risk', queryTokens: 3, users: 1500, knownUsers: 500 });
  const labels = evaluation.scenario.labels.flatMap(({ split, label }) =>
    split === 'test' ? label : [],
  );
  for (const [name, row] of Object.entries(scenario.rows)) {
    const { scores } = (evaluation.rows as Record<string, { scores: Float64Array }>)[name]!;
    expect(row.auc).toBe(rocAuc({ labels, scores }));
    const { roc, gain, reliability } = row;
    expect([roc[0], roc.at(-1)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(roc.length).toBeLessThan(100);
    // What was left out of the curve hardly changes the area below it.
    let area = 0;
    for (const [i, [x, y]] of roc.entries()) {
      if (i > 0) area += ((x - roc[i - 1]![0]) * (y + roc[i - 1]![1])) / 2;
    }
    expect(area).toBeCloseTo(row.auc, 2);
    expect(gain.at(-1)).toEqual({ share: 1, recall: 1, lift: 1 });
    expect(reliability.reduce((sum, bin) => sum + bin.users, 0)).toBe(1500);
  }
});

test('paired tests of every two rows', async () => {
  const { evaluation, scenario } = await detailsOf(400);
  expect(scenario.comparisons).toHaveLength((5 * 4) / 2);
  const labels = evaluation.scenario.labels.flatMap(({ split, label }) =>
    split === 'test' ? label : [],
  );
  const found = scenario.comparisons.find(
    ({ row, other }) => row === 'query' && other === 'noQuery',
  );
  const { difference, pValue, interval } = delongComparison({
    labels,
    scores: evaluation.rows.query!.scores,
    otherScores: evaluation.rows.noQuery!.scores,
  });
  expect(found).toEqual({ row: 'query', other: 'noQuery', difference, pValue, interval });
});

test('the same sample before and after tuning, in both planes; separation grows with strength', async () => {
  const { scenario } = await detailsOf(400);
  const [before, after] = scenario.projections;
  expect(scenario.projections.map(({ row }) => row)).toEqual(['query', 'promptTuned']);
  expect(before!.labels).toEqual(after!.labels);
  for (const { pca, tsne, labels } of scenario.projections) {
    expect([pca.length, tsne!.length, labels.length]).toEqual([40, 40, 40]);
  }
  expect(after!.betweenShare).toBeGreaterThan(before!.betweenShare);
});

test('too few users for t-SNE have PCA alone; nobody is projected for 0', async () => {
  const few = await detailsOf(400, 8);
  expect(few.scenario.projections[0]!.pca).toHaveLength(8);
  expect(few.scenario.projections[0]).not.toHaveProperty('tsne');
  const none = await detailsOf(400, 0);
  expect(none.scenario.projections).toEqual([]);
});
