import {
  fitLogisticProbe,
  probeScores,
  selectProbeStrength,
  selectProbeStrengthByFolds,
  type LabelledFeatures,
} from '@q-anchor/metrics';

/**
 * A logistic probe on tuned embeddings, as it is kept in an artefact:
 * `score = intercept + sum_d coefficients[d] (u_d - mean[d]) / scale[d]`, the log odds of class 1.
 */
export interface ScenarioProbe {
  /** `[dimensions]`, of the standardised embedding. */
  readonly coefficients: Float32Array;
  /** `[dimensions]`, mean embedding of the training users. */
  readonly mean: Float32Array;
  /** `[dimensions]`, standard deviations over the training users. */
  readonly scale: Float32Array;
  /** Score of the mean embedding. */
  readonly intercept: number;
  /** Inverse strength of the L2 penalty. */
  readonly strength: number;
}

/** Embedded users whose classes are known. */
export interface ScoringUsers {
  /** `[users, dimensions]`. */
  readonly embeddings: Float32Array;
  /** Class of each, 0 or 1. */
  readonly labels: readonly number[];
  /** The fold of each, where they have one. */
  readonly folds?: readonly string[];
}

const featuresOf = ({ embeddings, labels }: ScoringUsers): LabelledFeatures => ({
  features: embeddings,
  rows: labels.length,
  columns: embeddings.length / labels.length,
  labels,
});

/**
 * Fits a probe on the training users. Its strength is that of the best AUC on the validation users, or,
 * where all users have a fold, of the best mean AUC over folds left out one after the other.
 *
 * With folds, a probe that is only to be evaluated may be fitted on the validation users too; this one
 * is not, so that they can calibrate it.
 *
 * @param train - users it is fitted on, embeddings `[users, dimensions]`
 * @param validation - users that choose its strength, of the same dimensions
 * @throws {@link @q-anchor/core#InputError} if a part lacks a class, or numbers are not finite
 * @throws {@link @q-anchor/metrics#ConvergenceError} if a fit does not settle
 */
export function fitScenarioProbe(train: ScoringUsers, validation: ScoringUsers): ScenarioProbe {
  const strength =
    train.folds && validation.folds
      ? selectProbeStrengthByFolds({
          users: featuresOf({
            embeddings: joined(train.embeddings, validation.embeddings),
            labels: [...train.labels, ...validation.labels],
          }),
          folds: [...train.folds, ...validation.folds],
        }).C
      : selectProbeStrength({ train: featuresOf(train), validation: featuresOf(validation) }).C;
  const { coefficients, mean, scale, intercept } = fitLogisticProbe({
    ...featuresOf(train),
    C: strength,
  });
  // Rounded as files keep them: what is calibrated is what is loaded later.
  return {
    coefficients: Float32Array.from(coefficients),
    mean: Float32Array.from(mean),
    scale: Float32Array.from(scale),
    intercept,
    strength,
  };
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/**
 * Scores of embeddings by a probe.
 *
 * @param embeddings - `[users, dimensions]`
 * @param probe - the probe
 * @returns `[users]`, log odds
 * @throws {@link @q-anchor/core#ShapeError} if the embeddings have other dimensions
 */
export function scenarioProbeScores(embeddings: Float32Array, probe: ScenarioProbe): Float64Array {
  const columns = probe.coefficients.length;
  return probeScores(
    {
      coefficients: Float64Array.from(probe.coefficients),
      mean: Float64Array.from(probe.mean),
      scale: Float64Array.from(probe.scale),
      intercept: probe.intercept,
    },
    { features: embeddings, rows: embeddings.length / columns, columns },
  );
}
