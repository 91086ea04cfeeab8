import type { Workload } from './workload.js';

/**
 * Operations of a workload's matrix products, two for each multiply-add.
 *
 * A training step costs three passes: forward, towards the inputs, towards the weights. Attention
 * is counted in full, not as the causal half.
 */
export function operationsOf(workload: Workload): number {
  if (workload.kind === 'matrix-product') return 2 * workload.size ** 3;
  if (workload.kind === 'train-step') {
    const s = workload.shape;
    const tokens = s.batch * s.length;
    const projections = projectionWeights({ ...s, headSize: s.width / s.heads });
    const layer = projections + 2 * s.length * s.width;
    return 3 * 2 * tokens * (s.layers * layer + s.vocabulary * s.width);
  }
  const s = workload.shape;
  const tokens = s.queryTokens * s.queries;
  const keys = s.prefixTokens + tokens;
  const layer = projectionWeights(s) + 2 * keys * s.heads * s.headSize;
  return 2 * tokens * s.layers * layer;
}

const projectionWeights = (s: {
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly feedForward: number;
}): number => s.width * (2 * s.headSize * (s.heads + s.keyValueHeads) + 3 * s.feedForward);
