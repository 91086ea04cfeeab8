import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { importManifest, openDataset } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

/** The folder that holds the real files, as `oulad/` and `berka/`; they are not part of the project. */
const data = process.env['Q_ANCHOR_DATA'];

/** What the files' own notes say of them: rows by path. */
const rowsOf = {
  oulad: {
    'clicks/*.csv.gz': 8_459_320,
    'vle.csv.gz': 6364,
    'studentAssessment.csv.gz': 173_912,
    'assessments.csv.gz': 206,
    'courses.csv.gz': 22,
    'studentRegistration.csv.gz': 32_593,
    'studentInfo.csv.gz': 32_593,
  },
  berka: {
    'trans_preloan.csv.gz': 54_694,
    'trans_1993-01_to_1994-03_all_accounts.asc.gz': 49_102,
    'account.asc': 4500,
    'card.asc': 892,
    'client.asc': 5369,
    'disp.asc': 5369,
    'district.asc': 77,
    'loan.asc': 682,
    'order.asc': 6471,
  },
} as const;

/** Numbers over the files that the notes say too, by SQL in which a file is `f` and its place. */
const totalsOf = {
  oulad: {
    clicks: ['(select sum(sum_click) from f0)', 39_605_099],
    original_click_rows: ['(select sum(n_rows) from f0)', 10_655_280],
    page_types: ['(select count(distinct activity_type) from f1)', 20],
    students: ['(select count(distinct id_student) from f6)', 28_785],
    without_band: ['(select count(*) from f6 where imd_band is null)', 1111],
    clicks_of_nobody: [
      '(select count(*) from (from f0 join f1 using (id_site)) anti join f6 using (code_module, code_presentation, id_student))',
      0,
    ],
    clicks_nowhere: ['(select count(*) from f0 anti join f1 using (id_site))', 0],
  },
  berka: {
    accounts: ['(select count(distinct account_id) from f0)', 682],
    transactions: ['(select count(distinct trans_id) from f0)', 54_694],
    bad_loans: ["(select count(*) from f7 where status in ('B', 'D'))", 76],
  },
} as const satisfies Record<string, Record<string, readonly [sql: string, value: number]>>;

describe.skipIf(data === undefined)('the readers on the real files', () => {
  it.each(['oulad', 'berka'] as const)(
    '%s has the rows its note says',
    { timeout: 600_000 },
    async (name) => {
      const root = await temporaryFolder();
      const paths = Object.keys(rowsOf[name]);
      const totals = Object.entries(totalsOf[name]).map(([total, [sql]]) => `${sql} as ${total}`);
      const manifestPath = join(root, 'rows.yaml');
      await writeFile(
        manifestPath,
        JSON.stringify({
          name,
          sources: Object.fromEntries(paths.map((path, i) => [`f${i}`, path])),
          references: { sql: "select 1 as user_id, 1 as reference_time, 'train' as split" },
          modalities: {
            any: { maxEvents: 1, sql: "select 1 as user_id, 0 as time, 'x' as text" },
          },
          tabular: { sql: `select 1 as user_id, ${totals.join(', ')}` },
        }),
      );
      const rows: Record<string, number> = {};
      await importManifest({
        manifestPath,
        dataDir: join(data ?? '', name),
        outputDir: join(root, 'dataset'),
        onProgress: (progress) => {
          const place = /^sources\.f(\d+)$/u.exec(progress.section)?.[1];
          if (place !== undefined) rows[paths[Number(place)]!] = progress.rows;
        },
      });
      expect(rows).toEqual(rowsOf[name]);
      await using dataset = await openDataset(join(root, 'dataset'));
      const expected = Object.entries(totalsOf[name]).map(([total, [, value]]) => [total, value]);
      for await (const [profile] of dataset.profiles(await dataset.references())) {
        expect(profile?.tabular).toEqual(Object.fromEntries(expected));
      }
    },
  );
});
