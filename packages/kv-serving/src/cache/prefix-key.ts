import { digestOf, type Digestible, type UserProfile } from '@q-anchor/core';
import type { LoadedModel, ServedModel, StoragePrecision } from '@q-anchor/dual-tower';
import { coarseToFine, keptEvents, type UserTokensConfig } from '@q-anchor/user-tokens';

/**
 * Counts the ways in which this software has made prefixes of the same things: prefixes outlive the
 * software that wrote them. Raised with whatever changes the keys and values of a user by more than
 * rounding.
 */
const readingVersion = 1;

/**
 * Digest of all that reads a prefix: model, its configuration, tokenizers, fitted features and layout, the
 * adapters it is read with, and the precision in which keys and values are kept.
 *
 * @param model - the model, whose digest stands for its parameters
 * @param options - digest of a scenario's adapters, none by default; precision
 */
export function readerDigest(
  model: ServedModel & Pick<LoadedModel, 'digest'>,
  options: { readonly adapters?: string | undefined; readonly storage: StoragePrecision },
): string {
  const { config, collate, digest } = model;
  const { tokenizer, textTokenizer, layout = coarseToFine, tabular, valueScales } = collate;
  return digestOf({
    readingVersion,
    model: digest,
    config: config as unknown as Digestible,
    tokenizer: tokenizer.digest,
    textTokenizer: textTokenizer?.digest,
    layout: layout.name,
    headerIds: collate.headerIds,
    tabular: tabular as unknown as Digestible,
    valueScales: valueScales as unknown as Digestible,
    adapters: options.adapters,
    storage: options.storage,
  });
}

/**
 * Digest of a prefix: what reads it, and all of the user that it is made of. The reference time is part of
 * it where events' ages are; else two times that see the same events share a prefix.
 *
 * @param reader - {@link readerDigest}
 * @param profile - the user at a reference time
 * @param config - the model's caps and features
 */
export function prefixKey(
  reader: string,
  profile: UserProfile,
  config: Pick<UserTokensConfig, 'modalities' | 'timeFeatures'>,
): string {
  const events = keptEvents(profile, config).map((list) =>
    list.map(({ timeDays, text, value = null }) => [timeDays, text, value]),
  );
  return digestOf({
    reader,
    user: profile.userId,
    tabular: profile.tabular,
    events,
    referenceDays: config.timeFeatures ? profile.referenceDays : undefined,
  });
}
