export { averagePrecision } from './average-precision.js';
export {
  bootstrapIntervals,
  type BootstrapIntervals,
  type BootstrapOptions,
  type Interval,
} from './bootstrap.js';
export { brierScore } from './brier-score.js';
export { ConvergenceError } from './convergence-error.js';
export { evaluateScores, type ScoreEvaluation } from './evaluate-scores.js';
export type { FeatureMatrix } from './feature-matrix.js';
export { ks } from './ks.js';
export { logLoss } from './log-loss.js';
export {
  fitLogisticProbe,
  probeScores,
  type LabelledFeatures,
  type LogisticProbe,
  type ProbeOptions,
  type ProbeWeights,
} from './logistic-probe.js';
export { pca, pcaProjections, type Pca, type PcaOptions } from './pca.js';
export type { PredictedLabels } from './predicted-labels.js';
export {
  selectProbeStrengthByFolds,
  type ProbeFoldsCandidate,
  type ProbeFoldsOptions,
  type ProbeFoldsSelection,
} from './probe-folds.js';
export { probeOptimality, type ProbeOptimality } from './probe-optimality.js';
export {
  selectProbeStrength,
  type ProbeCandidate,
  type ProbeSelection,
  type ProbeSelectionOptions,
} from './probe-strength.js';
export { rocAuc } from './roc-auc.js';
export { rocCurve, type RocCurve, type RocCurveOptions } from './roc-curve.js';
export type { ScoredLabels } from './scored-labels.js';
export { sigmoid } from './sigmoid.js';
export { silhouette, type SilhouetteOptions } from './silhouette.js';
