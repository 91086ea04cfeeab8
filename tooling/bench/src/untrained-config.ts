import { defaultContrastive, type Backbone, type DualTowerConfig } from '@q-anchor/dual-tower';

import { stepModalities } from './adapter-step/step-examples.js';

/**
 * A model around a decoder whose user encoder and head are untrained.
 *
 * @param backbone - tokenizer and added tokens of the decoder
 * @param options - the decoder, adapters
 */
export const untrainedConfig = (
  { tokenizer, addedTokens }: Pick<Backbone, 'tokenizer' | 'addedTokens'>,
  { decoder, lora }: Pick<DualTowerConfig, 'decoder' | 'lora'>,
): DualTowerConfig => ({
  decoder,
  users: {
    modalities: stepModalities,
    eventWidth: decoder.width,
    width: decoder.width,
    vocabularySize: tokenizer.vocabularySize,
    tabularFeatures: 0,
    windowDays: 90,
    timeFeatures: true,
    valueFeatures: true,
    userMean: 'present',
    textEncoder: { kind: 'embedding-table' },
  },
  head: { hidden: decoder.width, output: Math.min(128, decoder.width) },
  contrastive: defaultContrastive,
  nextTokenWeight: 1,
  nextTokenReduction: 'mean',
  ...(lora && { lora }),
  ...(addedTokens && { addedTokens }),
});
