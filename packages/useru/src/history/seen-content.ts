import type { Database } from '../dataset/database.js';
import { quoteName } from '../dataset/sql-text.js';
import { seenEventsSql, seenFeaturesSql, type HistoryPart } from './history-sql.js';

/** What stands for a modality without events. */
export const nothingSeen = '0';

/** What a reference sees, digested: equal texts, equal content. */
export interface SeenContent {
  /** Of each modality of the first dataset, in its order; `0` without events. */
  readonly modalities: readonly string[];
  /** Of the profile features; empty where there are none. */
  readonly features: string;
}

/**
 * What each reference of a table sees, in their order. A modality's digest is how many events there are
 * and the sum of their hashes, of 64 bits, whatever their order. Another version of the database may hash
 * otherwise: all users then look changed, until what they see is read.
 */
export async function readContents(
  { connection }: Database,
  parts: readonly [HistoryPart, ...HistoryPart[]],
  table: string,
): Promise<readonly SeenContent[]> {
  const { info } = parts[0];
  const { windowDays } = info;
  const windows = info.modalities.map(
    ({ name }, m) =>
      `w${m} AS (
       SELECT item, concat(count(*), '.', sum(hash(time, value, text)::HUGEINT)) AS content${m}
       FROM (${seenEventsSql(parts, { name, table, windowDays })})
       GROUP BY item)`,
  );
  const features = seenFeaturesSql(parts, { info, table });
  const columns = info.tabular.columns.map(
    ({ name }) => `coalesce(${quoteName(name)}::VARCHAR, chr(1))`,
  );
  if (features !== undefined) {
    windows.push(
      `t AS (SELECT item, md5(concat_ws(chr(0), ${columns.join(', ')})) AS features FROM (${features}))`,
    );
  }
  const places = info.modalities.map((_, m) => m);
  const reader = await connection.runAndReadAll(
    `WITH ${windows.join(', ')}
     SELECT ${places.map((m) => `coalesce(content${m}, '${nothingSeen}')`).join(', ')},
       ${features === undefined ? "''" : "coalesce(features, '')"}
     FROM ${table} r ${places.map((m) => `LEFT JOIN w${m} USING (item)`).join(' ')}
       ${features === undefined ? '' : 'LEFT JOIN t USING (item)'}
     ORDER BY item`,
  );
  const found = reader.getColumns() as string[][];
  return Array.from({ length: reader.currentRowCount }, (_, row) => ({
    modalities: places.map((m) => found[m]![row]!),
    features: found[places.length]![row]!,
  }));
}
