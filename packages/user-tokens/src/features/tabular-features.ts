import type { TabularValue, UserProfile } from '@q-anchor/core';

import { createSpread } from './spread.js';

/** How one profile column becomes features. */
export type TabularColumn =
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly mean: number;
      readonly deviation: number;
    }
  | { readonly kind: 'category'; readonly name: string; readonly levels: readonly string[] };

/** Profile columns in a fixed order; JSON, stored with the model. */
export interface TabularSchema {
  /** The columns. */
  readonly columns: readonly TabularColumn[];
}

/** Standardised numbers are cut here. */
const limit = 5;
/** Levels kept of a category: the most frequent. */
const maxLevels = 64;

/** Features a column takes: a number and whether it is missing, or one per level. */
const widthOf = (part: TabularColumn): number => (part.kind === 'number' ? 2 : part.levels.length);

/** Number of features of a schema. */
export function tabularFeatureCount(schema: TabularSchema): number {
  return schema.columns.reduce((sum, part) => sum + widthOf(part), 0);
}

/**
 * Fits the tabular schema: centre and spread of numeric columns, levels of the others.
 *
 * A column is numeric if none of its values is text. A level must occur at least twice.
 *
 * @param profiles - training profiles only
 */
export function fitTabularSchema(profiles: Iterable<UserProfile>): TabularSchema {
  const values = new Map<string, TabularValue[]>();
  for (const { tabular } of profiles) {
    for (const [name, value] of Object.entries(tabular)) {
      const list = values.get(name);
      if (list) list.push(value);
      else values.set(name, [value]);
    }
  }
  const columns = [...values]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, list]) => column(name, list));
  return { columns };
}

function column(name: string, values: readonly TabularValue[]): TabularColumn {
  if (values.some((value) => typeof value === 'string')) {
    const counts = new Map<string, number>();
    for (const value of values) {
      if (value !== null) counts.set(`${value}`, (counts.get(`${value}`) ?? 0) + 1);
    }
    const levels = [...counts]
      .filter(([, count]) => count > 1)
      .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, maxLevels)
      .map(([level]) => level);
    return { kind: 'category', name, levels };
  }
  const spread = createSpread();
  for (const value of values) if (typeof value === 'number') spread.add(value);
  return { kind: 'number', name, ...spread.result() };
}

/**
 * A profile's features: for a number its standardised value cut at ±5 and 0, or 0 and 1 where it
 * is missing; for a category one-hot, all zero for a level not seen in training.
 *
 * @param tabular - the profile's columns; a missing one counts as unknown
 * @param schema - the fitted schema
 */
export function tabularFeatures(
  tabular: UserProfile['tabular'],
  schema: TabularSchema,
): Float32Array {
  const features = new Float32Array(tabularFeatureCount(schema));
  let offset = 0;
  for (const part of schema.columns) {
    const value = tabular[part.name] ?? null;
    if (part.kind === 'number') {
      if (typeof value === 'number' && Number.isFinite(value)) {
        const standardised = (value - part.mean) / part.deviation;
        features[offset] = Math.max(-limit, Math.min(limit, standardised));
      } else features[offset + 1] = 1;
    } else {
      // A missing value is no level, even where one is called 'null'.
      const level = value === null ? -1 : part.levels.indexOf(`${value}`);
      if (level >= 0) features[offset + level] = 1;
    }
    offset += widthOf(part);
  }
  return features;
}
