import { join } from 'node:path';

import type { DatasetInfo } from '../dataset/dataset-info.js';
import { quoteName, quoteText } from '../dataset/sql-text.js';

/** A dataset directory of a history. */
export interface HistoryPart {
  readonly directory: string;
  readonly info: DatasetInfo;
}

/** Rows of one file of each part that has it, beside the part's number. */
function unionOf(
  parts: readonly HistoryPart[],
  options: { readonly has: (info: DatasetInfo) => boolean; readonly file: readonly string[] },
): string | undefined {
  const selects = [...parts.entries()]
    .filter(([, { info }]) => options.has(info))
    .map(
      ([part, { directory }]) =>
        `SELECT ${part} AS part, * FROM read_parquet(${quoteText(join(directory, ...options.file))})`,
    );
  return selects.length > 0 ? selects.join(' UNION ALL BY NAME ') : undefined;
}

const hasModality =
  (name: string) =>
  ({ modalities }: DatasetInfo): boolean =>
    modalities.some((modality) => modality.name === name);

/** Users of all parts. */
export const usersSql = (parts: readonly HistoryPart[]): string =>
  `SELECT DISTINCT user_id FROM (${unionOf(parts, { has: () => true, file: ['references.parquet'] })})`;

/** Events of a modality, as they lie there: of several parts with what they have in common repeated. */
export const eventsSql = (parts: readonly HistoryPart[], name: string): string =>
  unionOf(parts, { has: hasModality(name), file: ['events', `${name}.parquet`] })!;

/**
 * Events that references see (item, time, text, value), in no order. An event that a part has twice are
 * two; the same in another part is the same: of each there are as many as in the part with most. Events
 * are compared for users of later parts alone, since with days in them most users are in the first only.
 *
 * @param parts - the history
 * @param options - modality; table of references; days that are seen
 */
export function seenEventsSql(
  parts: readonly HistoryPart[],
  options: { readonly name: string; readonly table: string; readonly windowDays: number },
): string {
  const { name, table, windowDays } = options;
  const seenIn = (some: readonly HistoryPart[], users = ''): string =>
    `SELECT r.item, e.part, e.time, e.text, e.value
     FROM ${table} r JOIN (${eventsSql(some, name)}) e
     ON e.user_id = r.user_id
       AND e.time < r.reference_time AND e.time >= r.reference_time - ${windowDays} ${users}`;
  const having = parts.filter(({ info }) => hasModality(name)(info));
  const [first, ...later] = having;
  if (later.length === 0) return seenIn(having);
  const inLater = `(SELECT user_id FROM (${eventsSql(later, name)}))`;
  return `SELECT item, time, text, value FROM (${seenIn([first!], `WHERE r.user_id NOT IN ${inLater}`)})
     UNION ALL
     SELECT item, time, text, value FROM (
       SELECT DISTINCT item, time, text, value, copy FROM (
         SELECT *, row_number() OVER (PARTITION BY item, part, time, text, value) AS copy
         FROM (${seenIn(having, `WHERE r.user_id IN ${inLater}`)})))`;
}

/**
 * Profile features of references (item, features): the last row at or before the reference, of the last
 * part that has one. Nothing where there are no features.
 */
export function seenFeaturesSql(
  parts: readonly HistoryPart[],
  { info, table }: { readonly info: DatasetInfo; readonly table: string },
): string | undefined {
  const features = unionOf(parts, {
    has: ({ tabular }) => tabular.columns.length > 0,
    file: ['tabular.parquet'],
  });
  const { columns, byReference } = info.tabular;
  if (features === undefined || columns.length === 0) return undefined;
  const time = byReference ? 't.reference_time' : '0';
  return `SELECT r.item, ${columns.map(({ name }) => `t.${quoteName(name)}`).join(', ')}
     FROM ${table} r JOIN (${features}) t ON t.user_id = r.user_id AND ${time} <= r.reference_time
     QUALIFY row_number() OVER (PARTITION BY r.item ORDER BY t.part DESC, ${time} DESC) = 1`;
}
