import type { SectionCounts } from '../dataset/dataset-info.js';
import { quoteName } from '../dataset/sql-text.js';
import type { ManifestModality } from '../manifest/manifest.js';
import { numberColumn, textColumn, timeColumn, userColumn, userRule } from './columns.js';
import { numbersOf, type ImportContext } from './import-context.js';
import { usersTable } from './references.js';
import { exposeView, openStage, privateSchema, writeParquet } from './stage.js';

/** The table of a modality's kept events. */
export const eventsTable = (name: string): string =>
  `${privateSchema}.${quoteName(`events_${name}`)}`;

/** Imports one modality's events: those with text, of users that have a reference point. */
export async function importEvents(
  context: ImportContext,
  name: string,
  modality: ManifestModality,
): Promise<SectionCounts> {
  const { connection } = context;
  const section = { key: `modalities.${name}.sql`, sql: modality.sql };
  const stage = await openStage(context, section, ['user_id', 'time', 'text']);
  if (stage.rows === 0) throw stage.problem('at least one event', 'no row');
  const time = timeColumn(stage, 'time');
  const text = textColumn('text');
  const value = numberColumn(stage, 'value');
  await stage.check([userRule, ...time.rules, ...value.rules]);
  const category = stage.columns.has('category') ? textColumn('category') : undefined;
  const categorySql =
    category === undefined
      ? text.sql
      : `CASE WHEN ${category.empty} THEN ${text.sql} ELSE ${category.sql} END`;
  const table = eventsTable(name);
  await connection.run(
    `CREATE TABLE ${table} AS
     SELECT ${userColumn} AS user_id, ${time.sql} AS time, ${text.sql} AS text, ${value.sql} AS value,
       ${categorySql} AS category
     FROM ${stage.table}
     WHERE NOT ${text.empty} AND ${userColumn} IN (SELECT user_id FROM ${usersTable})
     ORDER BY ALL`,
  );
  const [withoutText = 0] = await numbersOf(
    connection,
    `SELECT count(*) FROM ${stage.table} WHERE ${text.empty}`,
  );
  const [rows = 0, users = 0, moments = 0] = await numbersOf(
    connection,
    `SELECT coalesce(sum(n), 0), count(DISTINCT user_id), count(*)
     FROM (SELECT user_id, time, count(*) AS n FROM ${table} GROUP BY ALL)`,
  );
  if (rows === 0) {
    throw stage.problem(
      'at least one event with text of a user that has a reference point',
      `${stage.rows} rows, ${withoutText} of them without text, none of such a user`,
      'Compare the user_id of this section with that of references.sql',
    );
  }
  await stage.drop();
  await exposeView(context, `events_${name}`, `SELECT * FROM ${table}`);
  await writeParquet(context, {
    path: `events/${name}.parquet`,
    select: `SELECT user_id, time, text, value FROM ${table}`,
    orderBy: 'user_id, time, text, value',
  });
  return {
    rows,
    users,
    skipped: { withoutText, withoutReference: stage.rows - withoutText - rows },
    repeatedTimes: rows - moments,
  };
}
