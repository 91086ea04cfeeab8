import { QAnchorError } from '@q-anchor/core';

/** An iterative method stopped before it reached the accuracy asked for. */
export class ConvergenceError extends QAnchorError {
  /** Steps it had taken. */
  readonly iterations: number;
  /** Norm of the gradient where it stopped. */
  readonly gradientNorm: number;

  /** @internal */
  constructor(problem: {
    readonly where: string;
    readonly iterations: number;
    readonly gradientNorm: number;
    readonly tolerance: number;
    readonly fix: string;
  }) {
    const { where, iterations, gradientNorm, tolerance, fix } = problem;
    super(
      'NOT_CONVERGED',
      `${where}: expected a gradient norm below ${tolerance}, found ${gradientNorm} ` +
        `after ${iterations} iterations. ${fix}`,
    );
    this.iterations = iterations;
    this.gradientNorm = gradientNorm;
  }

  /** Whether `error` is a {@link ConvergenceError}. */
  static override isInstance(error: unknown): error is ConvergenceError {
    return QAnchorError.isInstance(error) && error.code === 'NOT_CONVERGED';
  }
}
