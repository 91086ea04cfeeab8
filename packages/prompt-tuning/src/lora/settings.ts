import type { LoraConfig } from '@q-anchor/backbone';

import { checkTuning, defaultPromptTuning, type TuningSettings } from '../tune/settings.js';

/** Settings of tuning by adapters. */
export interface LoraTuningSettings extends TuningSettings {
  /** Inner size of an adapter. */
  readonly rank: number;
  /** An adapter's update is scaled by `alpha / rank`. */
  readonly alpha: number;
  /** The decoder's projections that get one. */
  readonly targets: readonly string[];
}

const { promptTokens: _promptTokens, ...shared } = defaultPromptTuning;

/**
 * Rank 4 on queries and values, where Hu et al. (2021, section 7) found few parameters to do most;
 * the rest as in prompt tuning, with a lower rate, since an adapter moves every token.
 */
export const defaultLoraTuning: LoraTuningSettings = {
  ...shared,
  rank: 4,
  alpha: 8,
  targets: ['q_proj', 'v_proj'],
  peakRate: 1e-3,
};

/** The adapters that settings ask for; none of their inputs is dropped. */
export const loraOf = ({ rank, alpha, targets }: LoraTuningSettings): LoraConfig => ({
  rank,
  alpha,
  targets,
  dropout: 0,
});

/**
 * Checks settings; those of the adapters themselves are checked where adapters are made.
 *
 * @throws {@link @q-anchor/core#InputError} naming the one that is out of range
 */
export const checkLoraTuning = (settings: LoraTuningSettings): void =>
  checkTuning(settings, 'adapter tuning');
