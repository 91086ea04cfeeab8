import { trainTokenizer } from '@q-anchor/backbone';
import { createRandom, type UserProfile } from '@q-anchor/core';
import {
  defaultContrastive,
  endOfText,
  initialDualTower,
  type DualTowerConfig,
  type DualTowerModel,
} from '@q-anchor/dual-tower';
import { fitValueScales, userSpecialTokens } from '@q-anchor/user-tokens';

import { tinyDecoder } from '../../../dual-tower/test/support/tiny-decoder.js';

/** The scenario's query. */
export const query = 'Will this user order takeaway food?';

/** Users of whom those of class 1 order more takeaways, among other things. */
export function simulatedUsers(
  seed: number,
  options: { readonly count: number; readonly positives?: number },
): { readonly profiles: readonly UserProfile[]; readonly labels: readonly number[] } {
  const { count, positives = 0.5 } = options;
  const random = createRandom(seed);
  const labels = Array.from({ length: count }, (_, i) => (i < positives * count ? 1 : 0));
  const profiles = labels.map((label, i): UserProfile => {
    const bill = Array.from({ length: 3 + random.integer(4) }, () => ({
      timeDays: 30 * random.uniform(),
      text: random.uniform() < (label === 1 ? 0.85 : 0.15) ? 'takeaway pizza' : 'paid the rent',
    })).toSorted((a, b) => a.timeDays - b.timeDays);
    return { userId: `u${i}`, referenceDays: 30, events: { bill }, tabular: {} };
  });
  return { profiles, labels };
}

/** A model small enough for tests, untrained. */
export function tinyModel(seed = 3, options: Partial<DualTowerConfig> = {}): DualTowerModel {
  const { profiles } = simulatedUsers(1, { count: 20 });
  const tokenizer = trainTokenizer({
    texts: ['paid the rent', 'takeaway pizza', query],
    vocabularySize: 300,
    specialTokens: [endOfText, ...userSpecialTokens(['bill'])],
  });
  const { vocabularySize } = tokenizer;
  const config: DualTowerConfig = {
    decoder: tinyDecoder(vocabularySize),
    users: {
      modalities: [{ name: 'bill', maxEvents: 8, maxTokens: 8 }],
      eventWidth: 12,
      width: 16,
      vocabularySize,
      tabularFeatures: 0,
      windowDays: 30,
      timeFeatures: false,
      valueFeatures: false,
      userMean: 'present',
    },
    head: { hidden: 20, output: 8 },
    contrastive: defaultContrastive,
    nextTokenWeight: 1,
    nextTokenReduction: 'mean',
    ...options,
  };
  return {
    config,
    parameters: initialDualTower(config, seed),
    collate: { tokenizer, tabular: { columns: [] }, valueScales: fitValueScales(profiles) },
  };
}

/** Low-rank adapters, as a model on a backbone has them. */
export const lora = { rank: 2, alpha: 4, dropout: 0.2, targets: ['q_proj', 'v_proj', 'down_proj'] };
