import { InputError, type UserEvent, type UserProfile } from '@q-anchor/core';
import {
  fitTabularSchema,
  keptEvents,
  type TabularColumn,
  type UserTokensConfig,
} from '@q-anchor/user-tokens';

import { commonWords, wordsOf } from './common-words.js';

/** What an event modality's columns count. */
export interface ModalityColumns {
  /** The modality. */
  readonly name: string;
  /** Words whose events are counted, the most widespread first. */
  readonly words: readonly string[];
  /** Whether its events have values. */
  readonly hasValues: boolean;
}

/** Columns of hand-made features in a fixed order; JSON. */
export interface HandFeatures {
  /** Modalities and caps: the events that a model would read. */
  readonly config: Pick<UserTokensConfig, 'modalities' | 'windowDays'>;
  /** Columns of the profile. */
  readonly tabular: readonly TabularColumn[];
  /** The modalities, in the configuration's order. */
  readonly modalities: readonly ModalityColumns[];
  /** The ends of the recent parts of the window, in days before the reference. */
  readonly recentDays: readonly number[];
  /** A name for each column. */
  readonly columns: readonly string[];
}

/** Recent parts of the window that are counted by themselves, in days, where it is longer. */
const defaultRecentDays = [7, 30] as const;

/**
 * Fits hand-made features. Their columns are
 *
 * - of the profile: numbers as they are, a category's levels as 0 or 1;
 * - of each modality: events in the last 7 and 30 days and in all, days since the newest and the oldest,
 *   sum, mean, largest and newest of the values where there are some, and for each of the most widespread
 *   words the events whose text has it, in the last 30 days and in all.
 *
 * @param profiles - training profiles only
 * @param options - modalities, caps and window of the model they stand beside; `maxWords` of a modality,
 *   default 24
 * @throws {@link InputError} if there is no profile
 */
export function fitHandFeatures(
  profiles: readonly UserProfile[],
  options: {
    readonly config: Pick<UserTokensConfig, 'modalities' | 'windowDays'>;
    readonly maxWords?: number;
  },
): HandFeatures {
  const { maxWords = 24 } = options;
  const { modalities: declared, windowDays } = options.config;
  if (profiles.length === 0) {
    throw new InputError({ where: 'hand-made features', expected: 'profiles', found: 'none' });
  }
  const config = { modalities: declared, windowDays };
  const kept = profiles.map((profile) => keptEvents(profile, config));
  const modalities = declared.map(({ name }, m): ModalityColumns => {
    const own = kept.map((events) => events[m]!);
    return {
      name,
      words: commonWords(own, maxWords),
      hasValues: own.some((events) => events.some(({ value }) => value !== undefined)),
    };
  });
  const tabular = fitTabularSchema(profiles).columns;
  const recentDays = defaultRecentDays.filter((days) => days < windowDays);
  const columns = [
    ...tabular.flatMap((part) =>
      part.kind === 'number' ? [part.name] : part.levels.map((level) => `${part.name} is ${level}`),
    ),
    ...modalities.flatMap((one) => modalityColumnNames(one, recentDays)),
  ];
  return { config, tabular, modalities, recentDays, columns };
}

const modalityColumnNames = (
  { name, words, hasValues }: ModalityColumns,
  recentDays: readonly number[],
): readonly string[] => {
  const longest = recentDays.at(-1);
  return [
    `${name}: events`,
    ...recentDays.map((days) => `${name}: events in ${days} days`),
    `${name}: days since newest`,
    `${name}: days since oldest`,
    ...(hasValues ? ['sum', 'mean', 'largest', 'newest'].map((what) => `${name}: ${what}`) : []),
    ...words.flatMap((word) => [
      `${name}: "${word}"`,
      ...(longest === undefined ? [] : [`${name}: "${word}" in ${longest} days`]),
    ]),
  ];
};

/**
 * A profile's hand-made features; what a user does not have (a value, a newest event) is `NaN`, which
 * trees take as missing.
 *
 * @param profile - the user
 * @param fitted - the columns
 * @returns one number for each of `fitted.columns`
 */
export function handFeatures(profile: UserProfile, fitted: HandFeatures): Float64Array {
  const kept = keptEvents(profile, fitted.config);
  const row: number[] = [];
  for (const part of fitted.tabular) {
    const value = profile.tabular[part.name] ?? null;
    if (part.kind === 'number') row.push(typeof value === 'number' ? value : Number.NaN);
    else for (const level of part.levels) row.push(value !== null && `${value}` === level ? 1 : 0);
  }
  for (const [m, columns] of fitted.modalities.entries()) {
    const { referenceDays } = profile;
    row.push(...eventFeatures(kept[m]!, { columns, referenceDays, recentDays: fitted.recentDays }));
  }
  return Float64Array.from(row);
}

function eventFeatures(
  events: readonly UserEvent[],
  {
    columns: { words, hasValues },
    referenceDays,
    recentDays,
  }: {
    readonly columns: ModalityColumns;
    readonly referenceDays: number;
    readonly recentDays: readonly number[];
  },
): readonly number[] {
  const ageOf = ({ timeDays }: UserEvent): number => referenceDays - timeDays;
  const within = (days: number): number => events.filter((event) => ageOf(event) <= days).length;
  const row = [
    events.length,
    ...recentDays.map(within),
    events.length > 0 ? ageOf(events.at(-1)!) : Number.NaN,
    events.length > 0 ? ageOf(events[0]!) : Number.NaN,
  ];
  if (hasValues) row.push(...valueFeaturesOf(events));
  const longest = recentDays.at(-1);
  const counts = new Map(words.map((word) => [word, { all: 0, recent: 0 }]));
  for (const event of events) {
    const isRecent = longest !== undefined && ageOf(event) <= longest;
    for (const word of wordsOf(event.text)) {
      const count = counts.get(word);
      if (!count) continue;
      count.all++;
      if (isRecent) count.recent++;
    }
  }
  for (const { all, recent } of counts.values()) {
    row.push(all);
    if (longest !== undefined) row.push(recent);
  }
  return row;
}

/** Sum, mean, largest and newest value. */
function valueFeaturesOf(events: readonly UserEvent[]): readonly number[] {
  const values = events.flatMap(({ value }) =>
    value !== undefined && Number.isFinite(value) ? [value] : [],
  );
  if (values.length === 0) return [0, Number.NaN, Number.NaN, Number.NaN];
  const sum = values.reduce((a, b) => a + b, 0);
  const largest = values.reduce((a, b) => Math.max(a, b));
  return [sum, sum / values.length, largest, values.at(-1)!];
}
