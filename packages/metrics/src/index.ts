export { averagePrecision } from './ranking/average-precision.js';
export {
  bootstrapIntervals,
  type BootstrapIntervals,
  type BootstrapOptions,
  type Interval,
} from './ranking/bootstrap.js';
export { brierScore } from './calibration/brier-score.js';
export { ConvergenceError } from './probe/convergence-error.js';
export { evaluateScores, type ScoreEvaluation } from './ranking/evaluate-scores.js';
export type { FeatureMatrix } from './input/feature-matrix.js';
export { ks } from './ranking/ks.js';
export { logLoss } from './calibration/log-loss.js';
export {
  fitLogisticProbe,
  probeScores,
  type LabelledFeatures,
  type LogisticProbe,
  type ProbeOptions,
  type ProbeWeights,
} from './probe/logistic-probe.js';
export { pca, pcaProjections, type Pca, type PcaOptions } from './embedding-space/pca.js';
export type { PredictedLabels } from './input/predicted-labels.js';
export {
  selectProbeStrengthByFolds,
  type ProbeFoldsCandidate,
  type ProbeFoldsOptions,
  type ProbeFoldsSelection,
} from './probe/probe-folds.js';
export { probeOptimality, type ProbeOptimality } from './probe/probe-optimality.js';
export {
  selectProbeStrength,
  type ProbeCandidate,
  type ProbeSelection,
  type ProbeSelectionOptions,
} from './probe/probe-strength.js';
export { rocAuc } from './ranking/roc-auc.js';
export { rocCurve, type RocCurve, type RocCurveOptions } from './ranking/roc-curve.js';
export type { ScoredLabels } from './input/scored-labels.js';
export { sigmoid } from './calibration/sigmoid.js';
export { silhouette, type SilhouetteOptions } from './embedding-space/silhouette.js';
