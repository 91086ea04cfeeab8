import { InputError } from '@q-anchor/core';

import { rocAuc } from '../ranking/roc-auc.js';
import {
  fitLogisticProbe,
  fitLogisticProbes,
  probeScores,
  type LabelledFeatures,
  type LogisticProbe,
  type ProbeOptions,
} from './logistic-probe.js';
import { defaultProbeStrengths } from './probe-strength.js';

/** What to choose a probe's strength on, fold by fold. */
export interface ProbeFoldsOptions extends Pick<
  ProbeOptions,
  'standardize' | 'tolerance' | 'maxIterations'
> {
  /** Users whose labels may be known; never those of the test. */
  readonly users: LabelledFeatures;
  /** For each user the fold it is left out with: a period, a site, whatever the test will differ in. */
  readonly folds: readonly string[];
  /** The values of C to try. Default 0.0001, 0.001 up to 100. */
  readonly strengths?: readonly number[];
}

/** How one strength did. */
export interface ProbeFoldsCandidate {
  /** Inverse strength of the penalty. */
  readonly C: number;
  /** Mean over the folds of the AUC on a fold, by a probe fitted on all others. */
  readonly meanAuc: number;
  /** The AUC on each fold that has both classes, by its name. */
  readonly foldAucs: Readonly<Record<string, number>>;
}

/** The chosen strength and what it was chosen from. */
export interface ProbeFoldsSelection {
  /** The chosen inverse strength. */
  readonly C: number;
  /** The probe of that strength, fitted on all users. */
  readonly probe: LogisticProbe;
  /** Every strength tried, from the strongest penalty to the weakest. */
  readonly candidates: readonly ProbeFoldsCandidate[];
}

/**
 * Chooses a probe's penalty by leaving out one fold after the other, then fits it on everybody.
 *
 * For each C the score is mean_f AUC(fold f; probe of the other folds); the best C wins, of equals the
 * stronger penalty. Where the test is a later period, folds that are periods measure what carries over
 * from one to the next; a random validation set of the same periods favours penalties too weak for it.
 * Folds of one class can't be scored and are only fitted on.
 *
 * @throws {@link InputError} if `folds` and `users` differ in length, or fewer than two folds can be
 * scored, and as {@link fitLogisticProbe}
 * @example
 * ```ts
 * const { C, probe } = selectProbeStrengthByFolds({ users, folds: presentations });
 * ```
 */
export function selectProbeStrengthByFolds(options: ProbeFoldsOptions): ProbeFoldsSelection {
  const { users, folds, strengths = defaultProbeStrengths, ...fitOptions } = options;
  const parts = partsOf(users, folds);
  const ascending = strengths.toSorted((a, b) => a - b);
  const aucs = parts.map(({ train, held }) =>
    fitLogisticProbes({ ...fitOptions, ...train }, ascending).map((probe) =>
      rocAuc({ labels: held.labels, scores: probeScores(probe, held) }),
    ),
  );
  const candidates = ascending.map((C, i) => ({
    C,
    meanAuc: aucs.reduce((sum, own) => sum + own[i]!, 0) / parts.length,
    foldAucs: Object.fromEntries(parts.map(({ fold }, part) => [fold, aucs[part]![i]!])),
  }));
  const [first, ...others] = candidates;
  if (first === undefined) {
    throw new InputError({
      where: 'strengths',
      expected: 'at least one value of C',
      found: 'none',
    });
  }
  const { C } = others.reduce((best, one) => (one.meanAuc > best.meanAuc ? one : best), first);
  return { C, probe: fitLogisticProbe({ ...fitOptions, ...users, C }), candidates };
}

interface Part {
  readonly fold: string;
  readonly train: LabelledFeatures;
  readonly held: LabelledFeatures;
}

function partsOf(users: LabelledFeatures, folds: readonly string[]): readonly Part[] {
  if (folds.length !== users.rows) {
    throw new InputError({
      where: 'folds',
      expected: `one for each of ${users.rows} users`,
      found: `${folds.length}`,
    });
  }
  const rows = [...folds.keys()];
  const parts = [...new Set(folds)].toSorted().map((fold) => ({
    fold,
    train: rowsOf(
      users,
      rows.filter((row) => folds[row] !== fold),
    ),
    held: rowsOf(
      users,
      rows.filter((row) => folds[row] === fold),
    ),
  }));
  const scored = parts.filter(({ train, held }) => hasBothClasses(train) && hasBothClasses(held));
  if (scored.length < 2) {
    throw new InputError({
      where: 'folds',
      expected: 'at least two folds with both classes',
      found: `${scored.length} of ${parts.length}`,
      fix: 'Take coarser folds, or choose on validation users by selectProbeStrength',
    });
  }
  return scored;
}

function hasBothClasses({ labels }: LabelledFeatures): boolean {
  const classes = new Set(Array.from(labels));
  return classes.has(0) && classes.has(1);
}

function rowsOf(users: LabelledFeatures, rows: readonly number[]): LabelledFeatures {
  const { columns } = users;
  const features = new Float64Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    for (let column = 0; column < columns; column++) {
      features[i * columns + column] = users.features[row * columns + column]!;
    }
  }
  return { features, rows: rows.length, columns, labels: rows.map((row) => users.labels[row]!) };
}
