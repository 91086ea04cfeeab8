import { InputError, type UserProfile } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { modalityMarkers, modalityNames } from '../config.js';
import { userInputNames } from '../encoder/inputs.js';
import { tabularFeatureCount, type TabularSchema } from '../features/tabular-features.js';
import type { ValueScales } from '../features/value-scale.js';
import type { Slot } from '../layout/layout.js';
import { prefixSlots, type PrefixSlotsOptions } from '../layout/prefix-slots.js';
import type { TextTokenizer } from '../text/text-encoder.js';
import { eventFeeds, tabularFeeds } from './event-feeds.js';
import { keptEvents } from './kept-events.js';
import { slotFeeds } from './slot-feeds.js';
import { textFeeds } from './text-feeds.js';

/** What {@link collateUsers} is given beside the profiles. */
export interface CollateUsersOptions extends PrefixSlotsOptions {
  /** The model's tokenizer. */
  readonly tokenizer: TextTokenizer;
  /** The text encoder's own tokenizer; needed with BERT. */
  readonly textTokenizer?: TextTokenizer | undefined;
  /** Fitted columns; needed where the configuration has tabular features. */
  readonly tabular?: TabularSchema;
  /** Fitted value scales. */
  readonly valueScales?: ValueScales;
  /**
   * Text embeddings of size E by text and modality (which caps the text's tokens); where given,
   * the batch carries them instead of texts.
   */
  readonly textEmbedding?: (text: string, modality: string) => Float32Array;
}

/** A batch of users, ready to feed. */
export interface UserBatch {
  /** Graph inputs by name. */
  readonly feeds: Readonly<Record<string, TensorData>>;
  /** Prefix tokens of each user, padding not counted. */
  readonly prefixLengths: readonly number[];
}

/**
 * Users as graph inputs: caps and order of events, features, means, slots, padding.
 *
 * @param profiles - at least one
 * @param options - encoder, tokenizer and fitted features
 * @throws {@link InputError} if there is no profile, the tabular schema has not the configuration's
 *   number of features, or the text encoder's tokenizer is missing
 * @throws {@link ShapeError} if a text embedding has not the event width
 */
export function collateUsers(
  profiles: readonly UserProfile[],
  options: CollateUsersOptions,
): UserBatch {
  const { config, headerIds = [] } = options;
  checkCollation(profiles, options);
  const names = modalityNames(config);
  const batch = profiles.length;
  const kept = profiles.map((profile) => keptEvents(profile, config));
  const feeds: Record<string, TensorData> = {};

  // Rows of the token table: zero, users, modalities x users, constants x users, then the events.
  const constants = constantTokens(names, options);
  const constantStart = 1 + batch + names.length * batch;
  let eventRow = constantStart + batch * constants.length;
  const firstEventRow: number[][] = [];
  for (const [m, { name }] of config.modalities.entries()) {
    const owners = kept.map((modalities) => modalities[m]!);
    firstEventRow.push(
      owners.map((events) => {
        const row = eventRow;
        eventRow += events.length;
        return row;
      }),
    );
    const count = owners.reduce((sum, events) => sum + events.length, 0);
    // A batch without a single event of a modality carries one row nobody points at.
    if (count === 0) eventRow++;
    Object.assign(feeds, eventFeeds(name, { profiles, owners, rows: Math.max(1, count), options }));
  }
  if (!options.textEmbedding && config.modalities.length > 0) {
    Object.assign(feeds, textFeeds(kept, options));
  }
  if (config.tabularFeatures > 0) {
    Object.assign(feeds, tabularFeeds(profiles, options));
    firstEventRow.push(profiles.map((_, b) => eventRow + b));
  }

  const isPresent = kept.map((modalities) => [
    ...modalities.map((events) => events.length > 0),
    ...(config.tabularFeatures > 0 ? [true] : []),
  ]);
  feeds[userInputNames.modalityWeights] = {
    dtype: 'float32',
    shape: [batch, names.length],
    data: Float32Array.from(
      isPresent.flatMap((present) => {
        const count = present.filter(Boolean).length;
        const share = config.userMean === 'present' ? 1 / Math.max(1, count) : 1 / names.length;
        return present.map((is) => (is ? share : 0));
      }),
    ),
  };
  feeds[userInputNames.constantTokens] = {
    dtype: 'int64',
    shape: [constants.length],
    data: BigInt64Array.from(constants, BigInt),
  };

  const rowOf = (slot: Slot, b: number): number => {
    switch (slot.kind) {
      case 'user':
        return 1 + b;
      case 'modality':
        return 1 + batch + slot.modality * batch + b;
      case 'event':
        return firstEventRow[slot.modality]![b]! + slot.event;
      case 'header':
        return constantStart + b * constants.length + slot.index;
      default: {
        const marker = headerIds.length + 2 * slot.modality + (slot.kind === 'end' ? 1 : 0);
        return constantStart + b * constants.length + marker;
      }
    }
  };
  const rows = profiles.map((_, b) => prefixSlots(kept[b]!, options).map((slot) => rowOf(slot, b)));
  const prefixLengths = rows.map((list) => list.length);
  Object.assign(feeds, slotFeeds(rows, Math.max(...prefixLengths)));
  return { feeds, prefixLengths };
}

function checkCollation(
  profiles: readonly UserProfile[],
  { config, tabular = { columns: [] } }: CollateUsersOptions,
): void {
  if (profiles.length === 0) {
    throw new InputError({ where: 'batch of users', expected: 'at least one', found: 'none' });
  }
  const features = tabularFeatureCount(tabular);
  if (config.tabularFeatures > 0 && features !== config.tabularFeatures) {
    throw new InputError({
      where: 'tabular schema',
      expected: `${config.tabularFeatures} features, as the model was made for`,
      found: `${features}`,
      fix: 'Use the schema stored with the model',
    });
  }
}

/** Ids of the tokens every prefix draws on: the header's, then start and end of each modality. */
function constantTokens(
  names: readonly string[],
  { headerIds = [], tokenizer }: CollateUsersOptions,
): readonly number[] {
  const markers = names.flatMap((name) => {
    const { start, end } = modalityMarkers(name);
    return [tokenizer.specialId(start), tokenizer.specialId(end)];
  });
  return [...headerIds, ...markers];
}
