import type { SectionCounts } from '../dataset/dataset-info.js';
import { quoteText } from '../dataset/sql-text.js';
import { numberColumn, textColumn, timeColumn, userColumn, userRule } from './columns.js';
import { eventsTable } from './events.js';
import { numbersOf, type ImportContext } from './import-context.js';
import { usersTable } from './references.js';
import { exposeView, openStage, privateSchema, writeParquet } from './stage.js';

const actionsTable = `${privateSchema}.actions`;

/** Imports the `actions` section, or takes all events as actions where the manifest has none. */
export async function importActions(context: ImportContext): Promise<SectionCounts> {
  const { connection, manifest } = context;
  const skipped =
    manifest.actions === undefined
      ? await actionsOfEvents(context)
      : await actionsOfSql(context, manifest.actions.sql);
  await exposeView(context, 'user_actions', `SELECT * FROM ${actionsTable}`);
  await writeParquet(context, {
    path: 'actions.parquet',
    select: `SELECT user_id, time, modality, category, value FROM ${actionsTable}`,
    orderBy: 'user_id, time, modality, category, value',
  });
  const [rows = 0, users = 0] = await numbersOf(
    connection,
    `SELECT count(*), count(DISTINCT user_id) FROM ${actionsTable}`,
  );
  return { rows, users, skipped };
}

const actionsOfEvents = async (context: ImportContext): Promise<SectionCounts['skipped']> => {
  const selects = Object.keys(context.manifest.modalities).map(
    (name) =>
      `SELECT user_id, time, ${quoteText(name)} AS modality, category, value FROM ${eventsTable(name)}`,
  );
  await context.connection.run(`CREATE TABLE ${actionsTable} AS ${selects.join(' UNION ALL ')}`);
  return {};
};

const actionsOfSql = async (
  context: ImportContext,
  sql: string,
): Promise<SectionCounts['skipped']> => {
  const { connection } = context;
  const section = { key: 'actions.sql', sql };
  const stage = await openStage(context, section, ['user_id', 'time', 'category']);
  if (stage.rows === 0) throw stage.problem('at least one action', 'no row');
  const time = timeColumn(stage, 'time');
  const category = textColumn('category');
  const value = numberColumn(stage, 'value');
  await stage.check([userRule, ...time.rules, ...value.rules]);
  const modality = stage.columns.has('modality')
    ? "coalesce(CAST(modality AS VARCHAR), 'action')"
    : "'action'";
  await connection.run(
    `CREATE TABLE ${actionsTable} AS
     SELECT ${userColumn} AS user_id, ${time.sql} AS time, ${modality} AS modality,
       ${category.sql} AS category, ${value.sql} AS value
     FROM ${stage.table}
     WHERE NOT ${category.empty} AND ${userColumn} IN (SELECT user_id FROM ${usersTable})`,
  );
  const [withoutCategory = 0, kept = 0] = await numbersOf(
    connection,
    `SELECT count(*) FILTER (WHERE ${category.empty}), (SELECT count(*) FROM ${actionsTable})
     FROM ${stage.table}`,
  );
  await stage.drop();
  return { withoutCategory, withoutReference: stage.rows - withoutCategory - kept };
};
