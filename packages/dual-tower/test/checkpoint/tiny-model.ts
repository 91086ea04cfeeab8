import { trainTokenizer } from '@q-anchor/backbone';
import type { UserProfile } from '@q-anchor/core';
import {
  defaultContrastive,
  endOfText,
  initialDualTower,
  type DualTowerConfig,
  type DualTowerModel,
} from '@q-anchor/dual-tower';
import {
  fitTabularSchema,
  fitValueScales,
  tabularFeatureCount,
  userSpecialTokens,
} from '@q-anchor/user-tokens';

import { oneLayerDecoder } from '../support/tiny-decoder.js';

export const profiles: readonly UserProfile[] = [
  {
    userId: 'a',
    referenceDays: 30,
    events: {
      bill: [
        { timeDays: 3.5, text: 'paid the rent', value: -700 },
        { timeDays: 29, text: 'takeaway pizza', value: -18.5 },
      ],
      spm: [{ timeDays: 12, text: 'home > search' }],
    },
    tabular: { age: 31, city: 'big' },
  },
  {
    userId: 'b',
    referenceDays: 30,
    events: { bill: [], spm: [{ timeDays: 28, text: 'home > bills' }] },
    tabular: { age: null, city: 'big' },
  },
];

export const queries = ['', 'Will this user order takeaway food?'];

/** A model small enough for tests, untrained. */
export function tinyModel(options: Partial<DualTowerConfig> = {}): DualTowerModel {
  const tabular = fitTabularSchema(profiles);
  const tokenizer = trainTokenizer({
    texts: ['paid the rent', 'takeaway pizza', 'home > search', ...queries],
    vocabularySize: 300,
    specialTokens: [endOfText, ...userSpecialTokens(['bill', 'spm', 'tabular'])],
  });
  const { vocabularySize } = tokenizer;
  const config: DualTowerConfig = {
    decoder: oneLayerDecoder(vocabularySize),
    users: {
      modalities: [
        { name: 'bill', maxEvents: 5, maxTokens: 8 },
        { name: 'spm', maxEvents: 5, maxTokens: 8 },
      ],
      eventWidth: 12,
      width: 16,
      vocabularySize,
      tabularFeatures: tabularFeatureCount(tabular),
      windowDays: 30,
      timeFeatures: true,
      valueFeatures: true,
      userMean: 'present',
    },
    head: { hidden: 10, output: 6 },
    contrastive: defaultContrastive,
    nextTokenWeight: 0.5,
    nextTokenReduction: 'mean',
    maxQueryTokens: 48,
    ...options,
  };
  return {
    config,
    parameters: initialDualTower(config, 3),
    collate: { tokenizer, tabular, valueScales: fitValueScales(profiles) },
  };
}
