import {
  brierScore,
  calibrationError,
  gainCurve,
  logLoss,
  reliabilityCurve,
  rocCurve,
  sigmoid,
  type ScoredLabels,
} from '@q-anchor/metrics';

import type { EvaluationFileRow } from './evaluation-file.js';

/** Points of a drawn ROC curve at most. */
const rocPoints = 80;
/** Users of a bin of the reliability curve at least, and bins at most. */
const binUsers = 50;
const mostBins = 10;
const shares = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** A number to four digits: more is not seen, and the file stays small. */
export const toFour = (value: number): number => Math.round(value * 1e4) / 1e4;

/** The curves of scores on the test users; the scores are log odds. */
export function scoreCurves(
  scored: ScoredLabels,
): Pick<
  EvaluationFileRow,
  'roc' | 'reliability' | 'calibrationError' | 'logLoss' | 'brier' | 'gain'
> {
  const { labels } = scored;
  const probabilities = Float64Array.from(scored.scores, (score) => sigmoid(score));
  const predicted = { labels, probabilities };
  const bins = Math.max(2, Math.min(mostBins, Math.floor(labels.length / binUsers)));
  const binned = { ...predicted, bins, binning: 'equal-count' } as const;
  return {
    roc: thinnedRoc(scored),
    reliability: reliabilityCurve(binned).map((bin) => ({
      users: bin.users,
      meanProbability: toFour(bin.meanProbability),
      positiveRate: toFour(bin.positiveRate),
      interval: [toFour(bin.interval[0]), toFour(bin.interval[1])],
    })),
    calibrationError: calibrationError(binned).expected,
    logLoss: logLoss(predicted),
    brier: brierScore(predicted),
    gain: gainCurve({ ...scored, shares }).map(({ share, recall, lift }) => ({
      share,
      recall: toFour(recall),
      lift: toFour(lift),
    })),
  };
}

/** Corners of the curve about evenly along its way, both ends among them. */
function thinnedRoc(scored: ScoredLabels): [number, number][] {
  const curve = rocCurve({ ...scored, dropIntermediate: true });
  const points = Array.from(curve.falsePositiveRate, (x, i): [number, number] => [
    toFour(x),
    toFour(curve.truePositiveRate[i]!),
  ]);
  // Along the curve x + y grows from 0 to 2.
  let next = 0;
  return points.filter(([x, y], i) => {
    const isKept = i === 0 || i === points.length - 1 || x + y >= next;
    if (isKept) next = Math.floor(((x + y) / 2) * rocPoints + 1) * (2 / rocPoints);
    return isKept;
  });
}
