import { createRandom } from '@q-anchor/core';
import { expect, test } from 'vitest';

import {
  evaluateScores,
  probeScores,
  selectProbeStrength,
  type LabelledFeatures,
} from '@q-anchor/metrics';

const draw = (seed: number): LabelledFeatures => {
  const random = createRandom(seed);
  const [rows, columns] = [200, 8];
  const labels = Array.from({ length: rows }, () => random.integer(2));
  const features = Float32Array.from(
    { length: rows * columns },
    (_, i) => random.normal() + labels[Math.floor(i / columns)]! / 3,
  );
  return { features, rows, columns, labels };
};

test('the example of the README runs', () => {
  const [train, validation, held] = [draw(1), draw(2), draw(3)];
  const { probe } = selectProbeStrength({ train, validation });
  const scores = probeScores(probe, held);
  const { auc, aucInterval, ks, ksInterval } = evaluateScores({
    labels: held.labels,
    scores,
    seed: 1,
  });
  expect(auc).toBeGreaterThan(0.65);
  expect(ks).toBeGreaterThan(0.2);
  expect(aucInterval[1] - aucInterval[0]).toBeLessThan(0.2);
  expect(ksInterval[1]).toBeGreaterThan(ks);
});
