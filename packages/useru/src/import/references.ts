import { onceRule, timeColumn, userColumn, userRule } from './columns.js';
import type { ImportContext } from './import-context.js';
import { exposeView, openStage, privateSchema, writeParquet } from './stage.js';

/** The table of reference points that later sections are checked against. */
export const referencesTable = `${privateSchema}.reference_points`;

/** The table of users that have a reference point. */
export const usersTable = `${privateSchema}.users`;

/** Imports the `references` section. */
export async function importReferences(context: ImportContext): Promise<number> {
  const { connection, manifest } = context;
  const section = { key: 'references.sql', sql: manifest.references.sql };
  const stage = await openStage(context, section, ['user_id', 'reference_time', 'split']);
  if (stage.rows === 0) throw stage.problem('at least one reference point', 'no row');
  const time = timeColumn(stage, 'reference_time');
  const until = stage.columns.has('observed_until')
    ? timeColumn(stage, 'observed_until')
    : undefined;
  const hasFolds = stage.columns.has('fold');
  await stage.check([
    userRule,
    ...time.rules,
    ...(until?.rules ?? []),
    {
      broken: `split IS NULL OR CAST(split AS VARCHAR) NOT IN ('train', 'validation', 'test')`,
      expected: 'split as train, validation or test',
    },
    ...(hasFolds
      ? [
          {
            broken: `split <> 'test' AND nullif(CAST(fold AS VARCHAR), '') IS NULL`,
            expected: 'a fold for every reference point that is not of the test split',
          },
        ]
      : []),
    onceRule(stage, time.sql),
  ]);
  await connection.run(
    `CREATE TABLE ${referencesTable} AS
     SELECT ${userColumn} AS user_id, ${time.sql} AS reference_time, CAST(split AS VARCHAR) AS split,
       ${until?.sql ?? 'CAST(NULL AS DOUBLE)'} AS observed_until,
       ${hasFolds ? 'CAST(fold AS VARCHAR)' : 'CAST(NULL AS VARCHAR)'} AS fold
     FROM ${stage.table} ORDER BY ALL`,
  );
  await connection.run(
    `CREATE TABLE ${usersTable} AS SELECT DISTINCT user_id FROM ${referencesTable} ORDER BY user_id`,
  );
  await stage.drop();
  await exposeView(context, 'reference_points', `SELECT * FROM ${referencesTable}`);
  await writeParquet(context, {
    path: 'references.parquet',
    select: `SELECT user_id, reference_time, split, observed_until, fold FROM ${referencesTable}`,
    orderBy: 'user_id, reference_time',
  });
  return stage.rows;
}
