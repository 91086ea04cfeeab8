import type { UserTokensConfig } from '../config.js';
import { bertTextEncoder } from './bert.js';
import { embeddingTableEncoder } from './embedding-table.js';
import type { EventTextEncoder } from './text-encoder.js';
import { tokenBagEncoder } from './token-bag.js';

/**
 * The text encoder of a configuration.
 *
 * @param config - the user encoder's configuration
 * @throws {@link @q-anchor/core#InputError} if adapters are asked for that the encoder has no place for
 */
export function textEncoderOf(
  config: Pick<UserTokensConfig, 'textEncoder' | 'vocabularySize' | 'eventWidth'>,
): EventTextEncoder {
  const { textEncoder = { kind: 'token-bag' } } = config;
  if (textEncoder.kind === 'bert') return bertTextEncoder(textEncoder);
  return textEncoder.kind === 'token-bag' ? tokenBagEncoder(config) : embeddingTableEncoder(config);
}
