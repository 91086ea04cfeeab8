import type { Engine } from '@q-anchor/backend';
import { textEncoderOf } from '@q-anchor/user-tokens';

import {
  createTextEncoder,
  type TextEncoderProgram,
  type TextEncoderProgramOptions,
} from './text-encoder.js';

/**
 * A model's text encoder behind a cache, if training leaves it as it is: then `dualTowerLosses` reads
 * embeddings of event texts, which `collateExamples` takes from this cache.
 *
 * @param engine - where to run
 * @param options - model, its parameters, tokenizers; `maxEntries`: embeddings kept, default 100,000
 * @returns nothing where the encoder is part of the losses' graph
 */
export async function createFrozenTexts(
  engine: Engine,
  options: Omit<TextEncoderProgramOptions, 'maxEntries'> & {
    readonly maxEntries?: number | undefined;
  },
): Promise<TextEncoderProgram | undefined> {
  const { maxEntries = 100_000 } = options;
  if (!textEncoderOf(options.config.users).isFrozen) return undefined;
  return createTextEncoder(engine, { ...options, maxEntries });
}
