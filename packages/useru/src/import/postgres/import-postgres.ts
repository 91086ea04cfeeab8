import { VARCHAR } from '@duckdb/node-api';
import { InputError } from '@q-anchor/core';
import type { FieldDef } from 'pg';

import { appendRows } from '../../dataset/reference-table.js';
import { quoteName } from '../../dataset/sql-text.js';
import type { PostgresSource } from '../../manifest/manifest.js';
import { numbersOf, type ImportContext } from '../import-context.js';
import { serverAddress } from './address.js';
import { columnType } from './column-types.js';
import { readRows, type TextRow } from './read-rows.js';

/** Texts are turned into values this many at a time: each time is a transaction. */
const rowsPerTransaction = 65_536;

/** Where the texts of some rows wait. */
const waitingTable = 'q_anchor_waiting_rows';

/**
 * Copies a table or a query's result from a server into a table.
 *
 * @returns its number of rows
 */
export async function importPostgres(
  context: ImportContext,
  name: string,
  source: PostgresSource,
): Promise<number> {
  const { connection, signal } = context;
  const where = `${context.where}: sources.${name}`;
  const addressWhere = `${where}.postgres`;
  const sqlWhere = `${where}.${source.query === undefined ? 'table' : 'query'}`;
  const batches = readRows(sqlOf(source), {
    address: serverAddress(source.postgres, addressWhere),
    addressWhere,
    sqlWhere,
    expected:
      source.query === undefined
        ? `a table or view that can be read (${source.table ?? ''})`
        : 'SQL that the server runs without writing',
    signal,
  });
  let waiting: TextRow[] = [];
  let characters = 0;
  let columns: readonly ServerColumn[] = [];
  const flush = async (): Promise<void> => {
    await insertTexts(context, { name, columns, rows: waiting, where: sqlWhere });
    waiting = [];
    characters = 0;
  };
  for await (const { fields, rows } of batches) {
    if (columns.length === 0) {
      columns = serverColumns(fields, sqlWhere);
      const types = columns.map((column) => `${quoteName(column.name)} ${column.type}`);
      await connection.run(`CREATE TABLE ${quoteName(name)} (${types.join(', ')})`);
    }
    for (const row of rows) {
      waiting.push(row);
      for (const text of row) characters += text?.length ?? 0;
    }
    if (waiting.length >= rowsPerTransaction || characters > 16_000_000) await flush();
  }
  await flush();
  const [rows = 0] = await numbersOf(connection, `SELECT count(*) FROM ${quoteName(name)}`);
  return rows;
}

interface ServerColumn {
  readonly name: string;
  readonly type: string;
}

const sqlOf = ({ table = '', query }: PostgresSource): string =>
  query ?? `SELECT * FROM ${table.split('.').map(quoteName).join('.')}`;

const serverColumns = (fields: readonly FieldDef[], where: string): ServerColumn[] => {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name.toLowerCase())) {
      throw new InputError({
        where,
        expected: 'columns that differ in more than capitals',
        found: `"${name}" twice`,
        fix: 'Write a query that names them',
      });
    }
    names.add(name.toLowerCase());
  }
  if (names.size === 0) throw new InputError({ where, expected: 'columns', found: 'none' });
  return fields.map((field) => ({ name: field.name, type: columnType(field) }));
};

/** Turns rows of texts into rows of values at the end of a table. */
const insertTexts = async (
  { connection, signal }: ImportContext,
  options: {
    readonly name: string;
    readonly columns: readonly ServerColumn[];
    readonly rows: readonly TextRow[];
    readonly where: string;
  },
): Promise<void> => {
  const { name, columns, rows, where } = options;
  signal?.throwIfAborted();
  if (rows.length === 0) return;
  const texts = columns.map((_, i) => `c${i} VARCHAR`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${waitingTable} (${texts.join(', ')})`);
  await appendRows(connection, waitingTable, {
    types: columns.map(() => VARCHAR),
    rows: rows.length,
    columnsOf: (start, end) => {
      const part = rows.slice(start, end);
      return columns.map((_, i) => part.map((row) => row[i] ?? null));
    },
  });
  const values = columns.map(({ type }, i) =>
    type === 'VARCHAR' ? `c${i}` : `CAST(c${i} AS ${type})`,
  );
  try {
    await connection.run(
      `INSERT INTO ${quoteName(name)} SELECT ${values.join(', ')} FROM ${waitingTable}`,
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw new InputError(
      {
        where,
        expected: `values that fit ${columns.map((column) => `${column.name} ${column.type}`).join(', ')}`,
        found: (error instanceof Error ? error.message : String(error)).slice(0, 600),
        fix: 'Cast the column to text in a query',
      },
      { cause: error },
    );
  }
  await connection.run(`DROP TABLE ${waitingTable}`);
};
