import type { Split } from '@q-anchor/core';

import {
  datasetFormatVersion,
  type DatasetInfo,
  type LabelCounts,
  type SectionCounts,
} from '../dataset/dataset-info.js';
import { quoteName } from '../dataset/sql-text.js';
import type { Manifest } from '../manifest/manifest.js';
import { importActions } from './actions.js';
import { eventsTable, importEvents } from './events.js';
import { numbersOf, rowsOf, type ImportContext, type ImportProgress } from './import-context.js';
import { importLabels } from './labels.js';
import { importReferences, referencesTable, usersTable } from './references.js';
import { privateParts } from './private-parts.js';
import { openSource } from './sources.js';
import { openSectionJournal } from './section-journal.js';
import { sqlProblem } from './stage.js';
import { importTabular, type TabularResult } from './tabular.js';

const itself = (rows: number): number => rows;

/** Imports every section of a manifest into the directory of the context. */
export async function importSections(
  context: ImportContext,
  options: {
    /** Told, before anything is done, how many sections a killed import has done already. */
    readonly onFound: (done: number, total: number) => void;
    readonly onProgress: ((progress: ImportProgress) => void) | undefined;
  },
): Promise<Omit<DatasetInfo, 'digest'>> {
  const { manifest, connection, signal } = context;
  const { onFound, onProgress } = options;
  const journal = await openSectionJournal(connection);
  const total = countSections(manifest);
  onFound(journal.finished, total);
  let done = 0;
  const step = async <T>(
    section: string,
    work: () => Promise<T>,
    rowsOfResult: (result: T) => number,
  ): Promise<T> => {
    signal?.throwIfAborted();
    const result = await journal.step(section, work);
    done += 1;
    onProgress?.({ section, rows: rowsOfResult(result), done, total });
    return result;
  };

  for (const [name, source] of Object.entries(manifest.sources)) {
    await step(`sources.${name}`, () => openSource(context, name, source), itself);
  }
  for (const [name, { sql }] of Object.entries(manifest.tables)) {
    await step(`tables.${name}`, () => createTable(context, name, sql), itself);
  }
  await step('references', () => importReferences(context), itself);
  const events: Record<string, SectionCounts> = {};
  for (const [name, modality] of Object.entries(manifest.modalities)) {
    events[name] = await step(
      `modalities.${name}`,
      () => importEvents(context, name, modality),
      (counts) => counts.rows,
    );
  }
  const tabularSql = manifest.tabular?.sql;
  const tabular: TabularResult | undefined =
    tabularSql === undefined
      ? undefined
      : await step(
          'tabular',
          () => importTabular(context, tabularSql),
          (result) => result.counts.rows,
        );
  const actions = await step(
    'actions',
    () => importActions(context),
    (counts) => counts.rows,
  );
  const labels: Record<string, Partial<Record<Split, LabelCounts>>> = {};
  for (const [name, scenario] of Object.entries(manifest.scenarios)) {
    labels[name] = await step(
      `scenarios.${name}`,
      () => importLabels(context, name, scenario),
      (counts) => Object.values(counts).reduce((sum, { users }) => sum + users, 0),
    );
  }
  return {
    name: manifest.name,
    formatVersion: datasetFormatVersion,
    windowDays: manifest.windowDays,
    modalities: Object.entries(manifest.modalities).map(([name, { maxEvents, maxTokens }]) => ({
      name,
      maxEvents,
      maxTokens,
    })),
    ...modalityWords(manifest),
    scenarios: Object.entries(manifest.scenarios).map(([name, { domain, queries }]) => ({
      name,
      domain,
      queries,
    })),
    tabular: { columns: tabular?.columns ?? [], byReference: tabular?.byReference ?? false },
    ...privateParts(context, tabular?.columns ?? []),
    counts: {
      ...(await countUsers(context)),
      events,
      actions,
      ...(tabular === undefined ? {} : { tabular: tabular.counts }),
      labels,
    },
  };
}

/** What texts call modalities; nothing where the manifest says nothing. */
const modalityWords = (manifest: Manifest): Pick<DatasetInfo, 'modalityWords'> => {
  const words = Object.entries(manifest.modalities).flatMap(([name, modality]) =>
    modality.words === undefined ? [] : [[name, modality.words] as const],
  );
  return words.length === 0 ? {} : { modalityWords: Object.fromEntries(words) };
};

const countSections = (manifest: Manifest): number =>
  Object.keys(manifest.sources).length +
  Object.keys(manifest.tables).length +
  Object.keys(manifest.modalities).length +
  Object.keys(manifest.scenarios).length +
  (manifest.tabular === undefined ? 2 : 3);

const createTable = async (context: ImportContext, name: string, sql: string): Promise<number> => {
  const { connection } = context;
  try {
    await connection.run(`CREATE TABLE ${quoteName(name)} AS SELECT * FROM (${sql}\n)`);
  } catch (error) {
    throw sqlProblem(context, { key: `tables.${name}.sql`, sql }, error);
  }
  const [rows = 0] = await numbersOf(connection, `SELECT count(*) FROM ${quoteName(name)}`);
  return rows;
};

const countUsers = async (
  context: ImportContext,
): Promise<Pick<DatasetInfo['counts'], 'references' | 'users' | 'usersWithoutEvents'>> => {
  const { connection, manifest } = context;
  const bySplit = await rowsOf(
    connection,
    `SELECT split, count(*) FROM ${referencesTable} GROUP BY split ORDER BY split`,
  );
  const active = Object.keys(manifest.modalities)
    .map((name) => `SELECT user_id FROM ${eventsTable(name)}`)
    .join(' UNION ALL ');
  const [users = 0, usersWithEvents = 0] = await numbersOf(
    connection,
    `SELECT (SELECT count(*) FROM ${usersTable}), (SELECT count(DISTINCT user_id) FROM (${active}))`,
  );
  return {
    references: Object.fromEntries(bySplit.map(([split, n]) => [String(split), Number(n)])),
    users,
    usersWithoutEvents: users - usersWithEvents,
  };
};
