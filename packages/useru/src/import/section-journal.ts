import type { DuckDBConnection } from '@duckdb/node-api';

import { quoteName, quoteText } from '../dataset/sql-text.js';
import { rowsOf } from './import-context.js';
import { privateSchema } from './stage.js';

/** Which sections of an import are finished, in the import's own database. */
export interface SectionJournal {
  /** How many were finished when it was opened. */
  readonly finished: number;
  /** Does a section and notes what it gave; or only tells that, if it is finished already. */
  step<T>(section: string, work: () => Promise<T>): Promise<T>;
}

const journalTable = `${privateSchema}.section_journal`;

/** Tables and views of the database, as SQL names. */
const objectsOf = async (connection: DuckDBConnection): Promise<ReadonlyMap<string, string>> => {
  const rows = await rowsOf(
    connection,
    `SELECT 'VIEW', schema_name, view_name FROM duckdb_views() WHERE NOT internal
     UNION ALL SELECT 'TABLE', schema_name, table_name FROM duckdb_tables() WHERE NOT internal`,
  );
  return new Map(
    rows.map(([kind, schema, name]) => [
      `${quoteName(String(schema))}.${quoteName(String(name))}`,
      String(kind),
    ]),
  );
};

/**
 * Opens the journal of a database, a new one or that of a killed import. What the section in which
 * it was killed left behind is dropped: a section is done whole or again.
 */
export async function openSectionJournal(connection: DuckDBConnection): Promise<SectionJournal> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${privateSchema}`);
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${journalTable}
     (nth INTEGER, section VARCHAR, result VARCHAR, objects VARCHAR)`,
  );
  const rows = await rowsOf(
    connection,
    `SELECT section, result, objects FROM ${journalTable} ORDER BY nth`,
  );
  const newest = rows.at(-1)?.[2];
  const known = new Set(newest === undefined ? [] : (JSON.parse(newest as string) as string[]));
  for (const [name, kind] of await objectsOf(connection)) {
    if (!known.has(name) && !name.endsWith('."section_journal"')) {
      await connection.run(`DROP ${kind} ${name}`);
    }
  }
  const results = new Map(rows.map(([section, result]) => [String(section), String(result)]));
  return {
    finished: rows.length,
    step: async <T>(section: string, work: () => Promise<T>): Promise<T> => {
      const earlier = results.get(section);
      if (earlier !== undefined) return JSON.parse(earlier) as T;
      const result = await work();
      const objects = [...(await objectsOf(connection)).keys()];
      // One statement, one transaction: the section is finished when this line is on the disk.
      await connection.run(
        `INSERT INTO ${journalTable} SELECT count(*), ${quoteText(section)},
           ${quoteText(JSON.stringify(result))}, ${quoteText(JSON.stringify(objects))} FROM ${journalTable}`,
      );
      return result;
    },
  };
}
