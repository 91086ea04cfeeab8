import type { PretrainSettings } from '@q-anchor/dual-tower';

import type { Hyperparameters } from '../presets/hyperparameters.js';

/** The loop's settings. */
export function pretrainSettings(
  h: Hyperparameters,
  { seed, checkpointSteps }: { readonly seed: number; readonly checkpointSteps: number },
): PretrainSettings {
  return {
    batchUsers: h.batchUsers,
    pairsPerUser: { future: h.futurePairs, uqa: h.uqaPairs },
    seed,
    bucketBatches: h.bucketBatches,
    steps: h.steps,
    peakRate: h.rate,
    warmupSteps: Math.ceil(h.steps * h.warmup),
    microBatches: h.microBatches,
    optimiser: {
      betas: [h.beta1, h.beta2],
      epsilon: h.epsilon,
      weightDecay: h.weightDecay,
      clipNorm: h.clip,
    },
    maxAnswerTokens: h.maxAnswerTokens,
    ...(checkpointSteps > 0 && { checkpointSteps }),
  };
}
