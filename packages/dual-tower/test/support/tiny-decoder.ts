import type { DecoderConfig } from '@q-anchor/backbone';

/** The smallest decoder with everything in it: layers, grouped keys, biases, a tied output layer. */
export const tinyDecoder = (
  vocabularySize: number,
  options: Partial<DecoderConfig> = {},
): DecoderConfig => ({
  architecture: 'qwen2',
  vocabularySize,
  width: 16,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 4,
  feedForwardSize: 24,
  normEpsilon: 1e-6,
  rotaryBase: 10_000,
  tiedEmbeddings: true,
  attentionBias: true,
  maxPositions: 128,
  ...options,
});

/** The same with one layer and wider heads. */
export const oneLayerDecoder = (
  vocabularySize: number,
  options: Partial<DecoderConfig> = {},
): DecoderConfig =>
  tinyDecoder(vocabularySize, { layers: 1, heads: 2, keyValueHeads: 1, headSize: 8, ...options });
