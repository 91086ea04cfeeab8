import type { Split } from '@q-anchor/core';

import type { LabelCounts } from '../dataset/dataset-info.js';
import type { ManifestScenario } from '../manifest/manifest.js';
import { isNumeric, isWorded, onceRule, timeColumn, userColumn, userRule } from './columns.js';
import { rowsOf, type ImportContext } from './import-context.js';
import { referencesTable } from './references.js';
import { openStage, privateSchema, writeParquet } from './stage.js';

const labelsTable = `${privateSchema}.labels`;

/** Imports a scenario's labels and counts them by split. */
export async function importLabels(
  context: ImportContext,
  name: string,
  scenario: ManifestScenario,
): Promise<Partial<Record<Split, LabelCounts>>> {
  const { connection } = context;
  const section = { key: `scenarios.${name}.sql`, sql: scenario.sql };
  const stage = await openStage(context, section, ['user_id', 'reference_time', 'label']);
  if (stage.rows === 0) throw stage.problem('at least one label', 'no row');
  const time = timeColumn(stage, 'reference_time');
  const type = stage.columns.get('label') ?? '';
  if (!isNumeric(type) && !isWorded(type)) throw stage.problem('label as 0 or 1', `type ${type}`);
  const label = 'TRY_CAST(label AS DOUBLE)';
  await stage.check([
    userRule,
    ...time.rules,
    { broken: `coalesce(${label} NOT IN (0, 1), TRUE)`, expected: 'label as 0 or 1' },
    {
      broken: `(${userColumn}, ${time.sql}) NOT IN (SELECT (user_id, reference_time) FROM ${referencesTable})`,
      expected: 'labels of reference points only',
      fix: 'Add the (user_id, reference_time) to references.sql or leave it out here',
    },
    onceRule(stage, time.sql),
  ]);
  await connection.run(
    `CREATE OR REPLACE TABLE ${labelsTable} AS
     SELECT ${userColumn} AS user_id, ${time.sql} AS reference_time, CAST(${label} AS TINYINT) AS label
     FROM ${stage.table}`,
  );
  const rows = await rowsOf(
    connection,
    `SELECT split, count(*), sum(label) FROM ${labelsTable} JOIN ${referencesTable}
     USING (user_id, reference_time) GROUP BY split ORDER BY split`,
  );
  const counts: Partial<Record<Split, LabelCounts>> = {};
  for (const [split, users, positives] of rows) {
    counts[split as Split] = { users: Number(users), positives: Number(positives) };
    if (Number(positives) === 0 || Number(positives) === Number(users)) {
      throw stage.problem(
        `labels of both classes in the split "${String(split)}"`,
        `${Number(users)} labels, all of them ${Number(positives) === 0 ? 0 : 1}`,
      );
    }
  }
  await stage.drop();
  await writeParquet(context, {
    path: `labels/${name}.parquet`,
    select: `SELECT user_id, reference_time, label FROM ${labelsTable}`,
    orderBy: 'user_id, reference_time',
  });
  return counts;
}
