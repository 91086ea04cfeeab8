export { brierScore } from './calibration/brier-score.js';
export { calibrationError, type CalibrationError } from './calibration/calibration-error.js';
export {
  isotonicCalibration,
  isotonicProbabilities,
  type IsotonicCalibration,
} from './calibration/isotonic.js';
export { logLoss } from './calibration/log-loss.js';
export {
  plattCalibration,
  plattProbabilities,
  type PlattCalibration,
} from './calibration/platt.js';
export {
  reliabilityCurve,
  type ReliabilityBin,
  type ReliabilityOptions,
} from './calibration/reliability-curve.js';
export { sigmoid } from './calibration/sigmoid.js';
export type { Interval } from './distributions/interval.js';
export { classSeparation, type ClassSeparation } from './embedding-space/class-separation.js';
export type { GroupedPoints } from './embedding-space/grouped-points.js';
export { pca, pcaProjections, type Pca, type PcaOptions } from './embedding-space/pca.js';
export { silhouette } from './embedding-space/silhouette.js';
export { tsne, type Tsne, type TsneOptions } from './embedding-space/tsne.js';
export {
  alwaysValidLooks,
  type AlwaysValidLook,
  type AlwaysValidOptions,
  type ExperimentLook,
} from './experiments/always-valid.js';
export {
  cupedComparison,
  type CovariateArm,
  type CupedComparison,
  type CupedOptions,
} from './experiments/cuped.js';
export { holmAdjusted } from './experiments/holm.js';
export {
  meanComparison,
  type MeanComparison,
  type MeanComparisonOptions,
} from './experiments/mean-comparison.js';
export {
  rateComparison,
  type ArmCounts,
  type RateComparison,
  type RateComparisonOptions,
} from './experiments/rate-comparison.js';
export { mergedMoments, sampleMoments, type SampleMoments } from './experiments/sample-moments.js';
export {
  meanSampleSize,
  rateSampleSize,
  type PowerOptions,
  type SampleSize,
} from './experiments/sample-size.js';
export type { FeatureMatrix } from './input/feature-matrix.js';
export {
  measureBySlice,
  type MeasureBySlice,
  type SliceMeasure,
} from './input/measure-by-slice.js';
export type { PredictedLabels } from './input/predicted-labels.js';
export type { ScoredLabels } from './input/scored-labels.js';
export {
  populationStability,
  type PopulationStability,
  type PopulationStabilityBin,
  type PopulationStabilityOptions,
} from './monitoring/population-stability.js';
export { ConvergenceError } from './probe/convergence-error.js';
export {
  fitLogisticProbe,
  probeScores,
  type LabelledFeatures,
  type LogisticProbe,
  type ProbeOptions,
  type ProbeWeights,
} from './probe/logistic-probe.js';
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
export { averagePrecision } from './ranking/average-precision.js';
export {
  bootstrapIntervals,
  type BootstrapIntervals,
  type BootstrapOptions,
} from './ranking/bootstrap.js';
export {
  delongComparison,
  type DelongComparison,
  type DelongComparisonOptions,
} from './ranking/delong-comparison.js';
export {
  meanSeparations,
  type MeanDifference,
  type MeanMeasure,
  type MeanSeparations,
  type SeparatedTask,
} from './ranking/mean-separation.js';
export { delongAuc, type DelongAuc, type DelongOptions } from './ranking/delong.js';
export { evaluateScores, type ScoreEvaluation } from './ranking/evaluate-scores.js';
export {
  gainCurve,
  topShare,
  type GainCurveOptions,
  type GainPoint,
} from './ranking/gain-curve.js';
export { ks } from './ranking/ks.js';
export { rocAuc } from './ranking/roc-auc.js';
export { rocCurve, type RocCurve, type RocCurveOptions } from './ranking/roc-curve.js';
export {
  thresholdByCost,
  type DecisionCosts,
  type ThresholdChoice,
} from './ranking/threshold-by-cost.js';
export { histogramSeparation, type HistogramSeparation } from './streaming/histogram-separation.js';
export {
  addScores,
  createScoreHistogram,
  mergedHistogram,
  type ScoreHistogram,
} from './streaming/score-histogram.js';
