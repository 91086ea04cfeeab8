import { InputError } from '@q-anchor/core';

import { rocAuc } from '../ranking/roc-auc.js';
import {
  fitLogisticProbes,
  probeScores,
  type LabelledFeatures,
  type LogisticProbe,
  type ProbeOptions,
} from './logistic-probe.js';

/** What to choose a probe's strength on. */
export interface ProbeSelectionOptions extends Pick<
  ProbeOptions,
  'standardize' | 'tolerance' | 'maxIterations'
> {
  /** Users to fit on. */
  readonly train: LabelledFeatures;
  /** Users to compare by; never those of the test. */
  readonly validation: LabelledFeatures;
  /** The values of C to try. Default 0.0001, 0.001 up to 100. */
  readonly strengths?: readonly number[];
}

/** How one strength did. */
export interface ProbeCandidate {
  /** Inverse strength of the penalty. */
  readonly C: number;
  /** AUC on the training users. */
  readonly trainAuc: number;
  /** AUC on the validation users. */
  readonly validationAuc: number;
  /** Newton steps of its fit. */
  readonly iterations: number;
}

/** The chosen strength and what it was chosen from. */
export interface ProbeSelection {
  /** The chosen inverse strength. */
  readonly C: number;
  /** The probe of that strength, fitted on the training users. */
  readonly probe: LogisticProbe;
  /** Every strength tried, from the strongest penalty to the weakest. */
  readonly candidates: readonly ProbeCandidate[];
}

/** The strengths tried where none are named: steps of ten. */
export const defaultProbeStrengths = [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100] as const;

/**
 * Chooses a probe's penalty by the AUC on a validation set; of equals, the stronger penalty.
 *
 * Each fit starts from the one before, so a grid costs little more than a fit.
 *
 * @throws {@link InputError} if `strengths` is empty, and as {@link fitLogisticProbe} and {@link rocAuc}
 * @example
 * ```ts
 * const { C, probe } = selectProbeStrength({ train, validation });
 * ```
 */
export function selectProbeStrength(options: ProbeSelectionOptions): ProbeSelection {
  const { train, validation, strengths = defaultProbeStrengths, ...fitOptions } = options;
  let best: { readonly probe: LogisticProbe; readonly candidate: ProbeCandidate } | undefined;
  const candidates: ProbeCandidate[] = [];
  const ascending = strengths.toSorted((a, b) => a - b);
  const probes = fitLogisticProbes({ ...fitOptions, ...train }, ascending);
  for (const [i, probe] of probes.entries()) {
    const aucOn = (set: LabelledFeatures): number =>
      rocAuc({ labels: set.labels, scores: probeScores(probe, set) });
    const candidate = {
      C: ascending[i]!,
      trainAuc: aucOn(train),
      validationAuc: aucOn(validation),
      iterations: probe.iterations,
    };
    candidates.push(candidate);
    if (best === undefined || candidate.validationAuc > best.candidate.validationAuc) {
      best = { probe, candidate };
    }
  }
  if (best === undefined) {
    throw new InputError({
      where: 'strengths',
      expected: 'at least one value of C',
      found: 'none',
    });
  }
  return { C: best.candidate.C, probe: best.probe, candidates };
}
