import { InputError } from '@q-anchor/core';

import type { Tensor } from '../ir/graph.js';
import { add } from '../ops/add.js';
import { divide } from '../ops/divide.js';
import { greater } from '../ops/greater.js';
import { multiply } from '../ops/multiply.js';
import { sqrt } from '../ops/sqrt.js';
import { subtract } from '../ops/subtract.js';
import { sumOfSquares } from '../ops/sum-of-squares.js';
import { where } from '../ops/where.js';

/** One parameter as the optimiser sees it. */
export interface AdamWParameter {
  /** Its value. */
  readonly value: Tensor;
  /** Its gradient. */
  readonly gradient: Tensor;
  /** First moment, of the value's shape; zeros at the start. */
  readonly moment1: Tensor;
  /** Second moment, of the value's shape; zeros at the start. */
  readonly moment2: Tensor;
  /** Whether weight decay applies: matrices yes, norms and biases no, by custom. */
  readonly decays: boolean;
}

/** Settings of AdamW; the schedule's values are scalar tensors so that one graph serves all steps. */
export interface AdamWOptions {
  /** Learning rate of this step. */
  readonly learningRate: Tensor;
  /** `1 - beta1^step`, with step counted from 1. */
  readonly correction1: Tensor;
  /** `1 - beta2^step`. */
  readonly correction2: Tensor;
  /** Decay rates of the moments. Default `[0.9, 0.98]`. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment. Default `1e-6`. */
  readonly epsilon?: number;
  /** Decoupled weight decay. Default `1e-5`. */
  readonly weightDecay?: number;
  /** Largest global gradient norm; larger gradients are scaled down to it. None by default. */
  readonly clipNorm?: number;
}

/** A parameter after the step. */
export interface AdamWUpdate {
  /** New value. */
  readonly value: Tensor;
  /** New first moment. */
  readonly moment1: Tensor;
  /** New second moment. */
  readonly moment2: Tensor;
}

/**
 * AdamW (Loshchilov and Hutter 2019) with global-norm clipping, as part of the graph:
 *
 * `g <- g * min(1, clip / (|g| + 1e-6))`, `m <- b1 m + (1-b1) g`, `v <- b2 v + (1-b2) g^2`,
 * `p <- p (1 - rate decay) - rate (m / c1) / (sqrt(v / c2) + epsilon)`.
 *
 * Same as PyTorch's `clip_grad_norm_` followed by `AdamW`. Scalars are folded so that each
 * parameter is passed over as few times as possible.
 *
 * @param parameters - at least one
 * @param options - schedule tensors and constants
 * @returns updates in the parameters' order, and the gradient norm before clipping
 */
export function adamW(
  parameters: readonly AdamWParameter[],
  options: AdamWOptions,
): { readonly updates: readonly AdamWUpdate[]; readonly gradientNorm: Tensor } {
  const { learningRate, correction1, correction2, clipNorm } = options;
  const { betas = [0.9, 0.98], epsilon = 1e-6, weightDecay = 1e-5 } = options;
  const [beta1, beta2] = betas;
  if (parameters.length === 0) {
    throw new InputError({ where: 'adamW', expected: 'at least one parameter', found: 'none' });
  }
  const gradientNorm = sqrt(
    parameters.map(({ gradient }) => sumOfSquares(gradient)).reduce((a, b) => add(a, b)),
  );
  const one = learningRate.graph.constant(1, learningRate.dtype);
  const ratio = clipNorm === undefined ? one : divide(clipNorm, add(gradientNorm, 1e-6));
  const scale = clipNorm === undefined ? one : where(greater(1, ratio), [ratio, 1]);

  // m / c1 / (sqrt(v / c2) + e) = m sqrt(c2) / c1 / (sqrt(v) + e sqrt(c2)).
  const rootCorrection2 = sqrt(correction2);
  const stepSize = multiply(learningRate, divide(rootCorrection2, correction1));
  const shift = multiply(rootCorrection2, epsilon);
  const shrink = subtract(1, multiply(learningRate, weightDecay));
  const gain1 = multiply(scale, 1 - beta1);
  const gain2 = multiply(multiply(scale, scale), 1 - beta2);

  const updates = parameters.map(({ value, gradient, moment1, moment2, decays }) => {
    const m = add(multiply(moment1, beta1), multiply(gradient, gain1));
    const v = add(multiply(moment2, beta2), multiply(multiply(gradient, gradient), gain2));
    const step = multiply(divide(m, add(sqrt(v), shift)), stepSize);
    const kept = decays && weightDecay !== 0 ? multiply(value, shrink) : value;
    return { value: subtract(kept, step), moment1: m, moment2: v };
  });
  return { updates, gradientNorm };
}
