import { resolve } from 'node:path';

import type { BertPooling } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import {
  backboneKeys,
  flagOf,
  loraKeys,
  textEncoderLoraKeys,
  type Hyperparameters,
} from '../presets/hyperparameters.js';

/** The models a run begins with. */
export interface Origins {
  /** Directory of the decoder; trained from scratch if there is none. */
  readonly backbone?: string;
  /** Directory of a BERT text encoder; without one the decoder's own table embeds texts. */
  readonly textEncoder?: string;
  /** How that makes one vector of a text; what its directory says by default. */
  readonly textEncoderPooling?: BertPooling;
}

/** Origins with whole paths, so that a run is resumed from any folder. */
export const wholeOrigins = ({ backbone, textEncoder, textEncoderPooling }: Origins): Origins => ({
  ...(backbone !== undefined && { backbone: resolve(backbone) }),
  ...(textEncoder !== undefined && { textEncoder: resolve(textEncoder) }),
  ...(textEncoderPooling !== undefined && { textEncoderPooling }),
});

/**
 * Sees that the options given go together.
 *
 * @throws {@link @q-anchor/core#InputError} naming an option that a backbone or text encoder decides,
 *   or that means nothing without one
 */
export function checkOrigins(
  origins: Origins,
  given: Partial<Hyperparameters> & { readonly preset?: string | undefined },
): void {
  const { backbone, textEncoder, textEncoderPooling } = origins;
  const firstOf = (names: readonly string[]): string | undefined =>
    names.find((name) => (given as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (backbone === undefined) {
    needs('--backbone', firstOf(loraKeys));
    if (given.preset === 'release') needs('--backbone', 'preset');
  } else decides('--backbone', firstOf(backboneKeys));
  if (textEncoder === undefined) {
    needs('--text-encoder', firstOf(textEncoderLoraKeys));
    if (textEncoderPooling !== undefined) needs('--text-encoder', 'textEncoderPooling');
  } else decides('--text-encoder', firstOf(['eventWidth', 'eventTable']));
  if (given.eventTable === 'decoder') decides('--event-table decoder', firstOf(['eventWidth']));
}

/** An option was given that means nothing without another. */
function needs(option: string, name: string | undefined): void {
  if (name === undefined) return;
  const where = flagOf(name);
  throw new InputError({ where, expected: `${option} too`, found: `${where} alone` });
}

/** An option was given that another decides. */
function decides(option: string, name: string | undefined): void {
  if (name === undefined) return;
  const expected = `none: ${option} decides it`;
  throw new InputError({ where: flagOf(name), expected, found: 'one that was given' });
}

/** Hyperparameters without what means nothing for these origins. */
export const forOrigins = (
  hyperparameters: Hyperparameters,
  { backbone, textEncoder }: Origins,
): Hyperparameters => ({
  ...hyperparameters,
  ...(backbone === undefined && { loraRank: 0 }),
  ...(textEncoder === undefined && { textEncoderLoraRank: 0 }),
});
