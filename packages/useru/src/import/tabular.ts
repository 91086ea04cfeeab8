import type { SectionCounts, TabularColumn } from '../dataset/dataset-info.js';
import { quoteName } from '../dataset/sql-text.js';
import {
  daysOfDate,
  isDated,
  isNumeric,
  isWorded,
  timeColumn,
  userColumn,
  userRule,
} from './columns.js';
import { numbersOf, type ImportContext } from './import-context.js';
import { referencesTable, usersTable } from './references.js';
import { exposeView, openStage, privateSchema, writeParquet, type Stage } from './stage.js';

/** What came of the `tabular` section. */
export interface TabularResult {
  readonly counts: SectionCounts;
  readonly columns: readonly TabularColumn[];
  readonly byReference: boolean;
}

const featureOf = (stage: Stage, name: string, type: string): TabularColumn & { sql: string } => {
  const column = quoteName(name);
  if (isNumeric(type)) return { name, kind: 'numeric', sql: `CAST(${column} AS DOUBLE)` };
  if (isDated(type)) return { name, kind: 'numeric', sql: daysOfDate(column) };
  if (isWorded(type)) return { name, kind: 'category', sql: `CAST(${column} AS VARCHAR)` };
  throw stage.problem(`feature ${name} as a number, a date or a word`, `type ${type}`);
};

/** Imports the `tabular` section: one row of features a user, or a (user, reference time). */
export async function importTabular(context: ImportContext, sql: string): Promise<TabularResult> {
  const { connection } = context;
  const stage = await openStage(context, { key: 'tabular.sql', sql }, ['user_id']);
  if (stage.rows === 0) throw stage.problem('at least one row of features', 'no row');
  const byReference = stage.columns.has('reference_time');
  const time = byReference ? timeColumn(stage, 'reference_time') : undefined;
  const features = [...stage.columns]
    .filter(([name]) => name !== 'user_id' && name !== 'reference_time')
    .map(([name, type]) => featureOf(stage, name, type));
  if (features.length === 0) throw stage.problem('at least one feature', 'only the key columns');
  const key = time === undefined ? userColumn : `${userColumn}, ${time.sql}`;
  await stage.check([
    userRule,
    ...(time?.rules ?? []),
    ...features
      .filter((feature) => feature.kind === 'numeric')
      .map((feature) => ({
        broken: `NOT isfinite(${feature.sql})`,
        expected: `feature ${feature.name} as a finite number or null`,
      })),
    {
      broken: `rowid IN (SELECT row_id FROM (
        SELECT rowid AS row_id, row_number() OVER (PARTITION BY ${key} ORDER BY rowid) AS nth
        FROM ${stage.table}) WHERE nth > 1)`,
      expected: `each ${byReference ? '(user_id, reference_time)' : 'user_id'} once`,
    },
  ]);
  const known =
    time === undefined
      ? `${userColumn} IN (SELECT user_id FROM ${usersTable})`
      : `(${userColumn}, ${time.sql}) IN (SELECT (user_id, reference_time) FROM ${referencesTable})`;
  const table = `${privateSchema}.tabular_features`;
  const keys = [
    `${userColumn} AS user_id`,
    ...(time === undefined ? [] : [`${time.sql} AS reference_time`]),
  ];
  await connection.run(
    `CREATE TABLE ${table} AS
     SELECT ${[...keys, ...features.map(({ sql: of, name }) => `${of} AS ${quoteName(name)}`)].join(', ')}
     FROM ${stage.table} WHERE ${known}`,
  );
  const [rows = 0, users = 0] = await numbersOf(
    connection,
    `SELECT count(*), count(DISTINCT user_id) FROM ${table}`,
  );
  if (rows === 0) {
    throw stage.problem(
      'features of at least one reference point',
      `${stage.rows} rows, none of them of one`,
    );
  }
  await stage.drop();
  await exposeView(context, 'tabular_features', `SELECT * FROM ${table}`);
  await writeParquet(context, {
    path: 'tabular.parquet',
    select: `SELECT * FROM ${table}`,
    orderBy: byReference ? 'user_id, reference_time' : 'user_id',
  });
  return {
    counts: { rows, users, skipped: { withoutReference: stage.rows - rows } },
    columns: features.map(({ name, kind }) => ({ name, kind })),
    byReference,
  };
}
