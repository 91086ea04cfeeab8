import {
  packWeights,
  probeObjective,
  type ProbeOptions,
  type ProbeWeights,
} from './logistic-probe.js';
import { newtonStep } from './newton.js';

/** How far weights are from the optimum of a probe. */
export interface ProbeOptimality {
  /** Norm of the gradient of the mean objective at the weights, as {@link LogisticProbe} has it. */
  readonly gradientNorm: number;
  /** The weights after one full Newton step: where the optimum is, if they were near it. */
  readonly refined: {
    /** `[columns]`, of the standardised features. */
    readonly coefficients: Float64Array;
    /** Score of a user with mean features. */
    readonly intercept: number;
  };
}

/**
 * Measures how well any weights, fitted here or elsewhere, solve a probe's problem.
 *
 * First-order solvers often stop some 1e-5 short of the optimum. `refined` takes that out of a comparison:
 * near the optimum a Newton step squares the relative error, `|w_refined - w*| ~ |w - w*|^2`.
 *
 * @throws {@link InputError} and {@link ShapeError} as {@link fitLogisticProbe}
 * @example
 * ```ts
 * const { gradientNorm, refined } = probeOptimality(theirs, { features, rows, columns, labels, C: 1 });
 * ```
 */
export function probeOptimality(
  weights: ProbeWeights,
  options: Pick<ProbeOptions, 'features' | 'rows' | 'columns' | 'labels' | 'C' | 'standardize'>,
): ProbeOptimality {
  const { objective } = probeObjective(options);
  const point = objective.pointAt(packWeights(weights, options.columns));
  const step = newtonStep(objective, point);
  const refined = point.weights.map((weight, i) => weight + step[i]!);
  return {
    gradientNorm: point.gradientNorm,
    refined: {
      coefficients: refined.slice(0, options.columns),
      intercept: refined[options.columns]!,
    },
  };
}
