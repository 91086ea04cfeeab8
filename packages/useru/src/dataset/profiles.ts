import { join } from 'node:path';

import type { TabularValue, UserEvent, UserProfile } from '@q-anchor/core';

import type { Database } from './database.js';
import type { DatasetInfo } from './dataset-info.js';
import { joinedBatches } from './joined-batches.js';
import type { ReferencePoint } from './reference-table.js';
import { quoteName, quoteText } from './sql-text.js';

/** How to read in batches. */
export interface BatchOptions {
  /** References a batch; default 1024. */
  readonly batchSize?: number;
  /** Stops the reading. */
  readonly signal?: AbortSignal;
}

/** Reads the profiles of references, in their order. */
export function readProfiles(
  database: Database,
  dataset: { readonly directory: string; readonly info: DatasetInfo },
  options: BatchOptions & { readonly references: readonly ReferencePoint[] },
): AsyncGenerator<UserProfile[]> {
  const { info, directory } = dataset;
  const { modalities, windowDays } = info;
  const features = info.tabular.columns;
  const eventsSql = (name: string, table: string): string =>
    // The file is sorted by user and time, so that a row's number in it orders a user's events.
    `SELECT r.item, e.time, e.text, e.value
     FROM ${table} r JOIN read_parquet(${quoteText(join(directory, 'events', `${name}.parquet`))},
       file_row_number = true) e
     ON e.user_id = r.user_id
       AND e.time < r.reference_time AND e.time >= r.reference_time - ${windowDays}
     ORDER BY r.item, e.file_row_number`;
  const tabularSql = (table: string): string =>
    `SELECT r.item, ${features.map(({ name }) => `t.${quoteName(name)}`).join(', ')}
     FROM ${table} r JOIN read_parquet(${quoteText(join(directory, 'tabular.parquet'))}) t
     ON t.user_id = r.user_id ${info.tabular.byReference ? 'AND t.reference_time = r.reference_time' : ''}
     ORDER BY r.item`;
  return assembledProfiles(database, {
    ...options,
    modalities,
    features,
    queries: (table) => [
      ...modalities.map(({ name }) => eventsSql(name, table)),
      ...(features.length > 0 ? [tabularSql(table)] : []),
    ],
  });
}

/**
 * Profiles of references, in their order, from queries for each modality (item, time, text, value) and,
 * where there are features, one for them (item, features); each is ordered by item.
 */
export function assembledProfiles(
  database: Database,
  options: BatchOptions & {
    readonly references: readonly ReferencePoint[];
    readonly modalities: DatasetInfo['modalities'];
    readonly features: DatasetInfo['tabular']['columns'];
    readonly queries: (table: string) => readonly string[];
  },
): AsyncGenerator<UserProfile[]> {
  const { modalities, features } = options;
  return joinedBatches(database, options.references, {
    batchSize: options.batchSize ?? 1024,
    signal: options.signal,
    queries: options.queries,
    assemble: async (batch, read) => {
      const events = batch.map((): Record<string, UserEvent[]> => ({}));
      for (const [query, { name, maxEvents }] of modalities.entries()) {
        const lists = batch.map((): UserEvent[] => []);
        await read(query, (place, columns, row) => {
          const timeDays = columns[1]![row] as number;
          const text = columns[2]![row] as string;
          const value = columns[3]![row] as number | null;
          lists[place]!.push(value === null ? { timeDays, text } : { timeDays, text, value });
        });
        for (const [place, list] of lists.entries()) {
          events[place]![name] = list.length > maxEvents ? list.slice(-maxEvents) : list;
        }
      }
      const tabular = batch.map(() =>
        Object.fromEntries(features.map(({ name }): [string, TabularValue] => [name, null])),
      );
      if (features.length > 0) {
        await read(modalities.length, (place, columns, row) => {
          for (const [i, { name }] of features.entries()) {
            tabular[place]![name] = columns[i + 1]![row] as TabularValue;
          }
        });
      }
      return batch.map(({ userId, referenceDays }, place) => ({
        userId,
        referenceDays,
        events: events[place]!,
        tabular: tabular[place]!,
      }));
    },
  });
}
