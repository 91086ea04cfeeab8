import type { UserEvent } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { textEncoderOf } from '../text/text-encoder-of.js';
import type { CollateUsersOptions } from './collate-users.js';

/**
 * Event texts as graph inputs of the text encoder, modality by modality.
 *
 * @param kept - events by user and modality
 * @param options - configuration (encoder, caps of tokens) and tokenizers
 */
export function textFeeds(
  kept: readonly (readonly (readonly UserEvent[])[])[],
  { config, tokenizer, textTokenizer }: CollateUsersOptions,
): Record<string, TensorData> {
  const encoder = textEncoderOf(config);
  const groups = config.modalities.map(({ name, maxTokens }, m) => {
    const events = kept.flatMap((modalities) => modalities[m]!);
    const ids = (text: string): readonly number[] =>
      encoder.tokenIds(text, { tokenizer, textTokenizer, maxTokens });
    // A modality without events has one row nobody points at.
    return { name, texts: events.length === 0 ? [[]] : events.map(({ text }) => ids(text)) };
  });
  return encoder.feeds(groups);
}
