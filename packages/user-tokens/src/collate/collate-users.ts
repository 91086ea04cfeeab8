import type { UserEvent, UserProfile } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import {
  modalityMarkers,
  modalityNames,
  timeFeatureCount,
  valueFeatureCount,
  type UserTokensConfig,
} from '../config.js';
import { userInputNames } from '../encoder/inputs.js';
import { tabularFeatures, type TabularSchema } from '../features/tabular-features.js';
import { timeFeatures } from '../features/time-features.js';
import { valueFeatures, type ValueScales } from '../features/value-scale.js';
import { coarseToFine } from '../layout/coarse-to-fine.js';
import type { PrefixLayout, Slot } from '../layout/layout.js';
import { textBags } from './text-bags.js';

/** The part of a tokenizer that collation needs. */
export interface TextTokenizer {
  /** Ids of a text; special tokens never come from text. */
  encode(text: string): readonly number[];
  /** Id of a special token. */
  specialId(token: string): number;
}

/** What {@link collateUsers} is given beside the profiles. */
export interface CollateUsersOptions {
  /** The user encoder's configuration. */
  readonly config: UserTokensConfig;
  /** The model's tokenizer. */
  readonly tokenizer: TextTokenizer;
  /** Fitted columns; needed where the configuration has tabular features. */
  readonly tabular?: TabularSchema;
  /** Fitted value scales. */
  readonly valueScales?: ValueScales;
  /** Ids of the header's tokens. None by default. */
  readonly headerIds?: readonly number[];
  /** The order inside the prefix. Default {@link coarseToFine}. */
  readonly layout?: PrefixLayout;
  /** Text embeddings of size E by text; where given, the batch carries them instead of token bags. */
  readonly textEmbedding?: (text: string) => Float32Array;
}

/** A batch of users, ready to feed. */
export interface UserBatch {
  /** Graph inputs by name. */
  readonly feeds: Readonly<Record<string, TensorData>>;
  /** Prefix tokens of each user, padding not counted. */
  readonly prefixLengths: readonly number[];
}

/** A profile's events of one modality, the newest `maxEvents` of those in the window, oldest first. */
export function keptEvents(
  profile: UserProfile,
  config: UserTokensConfig,
): readonly (readonly UserEvent[])[] {
  return config.modalities.map(({ name, maxEvents }) => {
    const events = (profile.events[name] ?? []).filter(
      ({ timeDays }) => timeDays < profile.referenceDays,
    );
    // Stable, so that events at the same time keep the order they came in.
    const sorted = events.toSorted((a, b) => a.timeDays - b.timeDays);
    return sorted.slice(Math.max(0, sorted.length - maxEvents));
  });
}

/**
 * Users as graph inputs: caps and order of events, features, means, slots, padding.
 *
 * @param profiles - at least one
 * @param options - encoder, tokenizer and fitted features
 */
export function collateUsers(
  profiles: readonly UserProfile[],
  options: CollateUsersOptions,
): UserBatch {
  const { config, headerIds = [], layout = coarseToFine } = options;
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
    Object.assign(feeds, textBags(kept, { config, tokenizer: options.tokenizer }));
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
  const rows = profiles.map((_, b) =>
    layout
      .arrange({
        headerTokens: headerIds.length,
        eventCounts: [
          ...kept[b]!.map((events) => events.length),
          ...(config.tabularFeatures > 0 ? [1] : []),
        ],
      })
      .map((slot) => rowOf(slot, b)),
  );
  const prefixLengths = rows.map((list) => list.length);
  Object.assign(feeds, slotFeeds(rows, Math.max(...prefixLengths)));
  return { feeds, prefixLengths };
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

function eventFeeds(
  name: string,
  parts: {
    readonly profiles: readonly UserProfile[];
    readonly owners: readonly (readonly UserEvent[])[];
    readonly rows: number;
    readonly options: CollateUsersOptions;
  },
): Record<string, TensorData> {
  const { profiles, owners, rows, options } = parts;
  const { config, valueScales = {}, textEmbedding } = options;
  const time = new Float32Array(rows * timeFeatureCount);
  const value = new Float32Array(rows * valueFeatureCount);
  const mean = new Float32Array(profiles.length * rows);
  const text = textEmbedding && new Float32Array(rows * config.eventWidth);
  let row = 0;
  for (const [b, events] of owners.entries()) {
    for (const event of events) {
      const age = profiles[b]!.referenceDays - event.timeDays;
      time.set(timeFeatures(age, config.windowDays), row * timeFeatureCount);
      value.set(valueFeatures(event.value, valueScales[name]), row * valueFeatureCount);
      mean[b * rows + row] = 1 / events.length;
      text?.set(textEmbedding!(event.text), row * config.eventWidth);
      row++;
    }
  }
  const feed = (data: Float32Array, shape: readonly number[]): TensorData => ({
    dtype: 'float32',
    shape,
    data,
  });
  return {
    [userInputNames.mean(name)]: feed(mean, [profiles.length, rows]),
    ...(config.timeFeatures && {
      [userInputNames.time(name)]: feed(time, [rows, timeFeatureCount]),
    }),
    ...(config.valueFeatures && {
      [userInputNames.value(name)]: feed(value, [rows, valueFeatureCount]),
    }),
    ...(text && { [userInputNames.text(name)]: feed(text, [rows, config.eventWidth]) }),
  };
}

function tabularFeeds(
  profiles: readonly UserProfile[],
  { config, tabular = { columns: [] } }: CollateUsersOptions,
): Record<string, TensorData> {
  const batch = profiles.length;
  const features = new Float32Array(batch * config.tabularFeatures);
  const mean = new Float32Array(batch * batch);
  for (const [b, profile] of profiles.entries()) {
    features.set(tabularFeatures(profile.tabular, tabular), b * config.tabularFeatures);
    mean[b * batch + b] = 1;
  }
  return {
    [userInputNames.tabular]: {
      dtype: 'float32',
      shape: [batch, config.tabularFeatures],
      data: features,
    },
    [userInputNames.tabularMean]: { dtype: 'float32', shape: [batch, batch], data: mean },
  };
}

function slotFeeds(
  rows: readonly (readonly number[])[],
  length: number,
): Record<string, TensorData> {
  const shape = [rows.length, length];
  const slots = new BigInt64Array(rows.length * length);
  const segments = new BigInt64Array(rows.length * length).fill(-1n);
  const positions = new BigInt64Array(rows.length * length);
  for (const [b, list] of rows.entries()) {
    for (const [t, row] of list.entries()) {
      slots[b * length + t] = BigInt(row);
      segments[b * length + t] = 0n;
      positions[b * length + t] = BigInt(t);
    }
  }
  return {
    [userInputNames.slots]: { dtype: 'int64', shape, data: slots },
    [userInputNames.segments]: { dtype: 'int64', shape, data: segments },
    [userInputNames.positions]: { dtype: 'int64', shape, data: positions },
  };
}
