import { InputError, UnavailableError } from '@q-anchor/core';
import type { Client, FieldDef } from 'pg';
import type Cursor from 'pg-cursor';

import type { ServerAddress } from './address.js';

/** A row as the server writes it: one text a column. */
export type TextRow = readonly (string | null)[];

/** Part of a result. */
export interface RowBatch {
  /** Its columns. */
  readonly fields: readonly FieldDef[];
  /** Its rows; none at the end. */
  readonly rows: readonly TextRow[];
}

/** What {@link readRows} takes beside the SQL. */
export interface ReadRowsOptions {
  readonly address: ServerAddress;
  /** What to call the address in errors. */
  readonly addressWhere: string;
  /** What to call the SQL in errors. */
  readonly sqlWhere: string;
  /** What the SQL should be, for errors. */
  readonly expected: string;
  readonly signal: AbortSignal | undefined;
}

/** A batch is asked for in rows; by the size of those before it is held near this many characters. */
const batchCharacters = 4_000_000;
const maxBatchRows = 8192;

/** What makes the server write values in one way, whatever its settings are. */
const settings = [
  'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  "SET bytea_output = 'hex'",
  'SET extra_float_digits = 1',
  'BEGIN TRANSACTION READ ONLY',
];

/**
 * Runs one query on a server, read-only, and reads its rows in batches of bounded size.
 *
 * @yields batches; the first has the columns, even of an empty result
 * @throws {@link InputError} if the server can't be reached or refuses the query
 */
export async function* readRows(
  sql: string,
  options: ReadRowsOptions,
): AsyncGenerator<RowBatch, void, undefined> {
  const { signal } = options;
  const { client, openCursor } = await openClient(options.address.url);
  // A connection that breaks fails the query that runs; without a listener it would end the process.
  client.on('error', () => {});
  const stop = (): void => void client.end().catch(() => {});
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await client.connect().catch((error: unknown) => {
      throw unreachable(error, options);
    });
    try {
      for (const statement of settings) await client.query(statement);
      const cursor = openCursor(sql);
      let rowsWanted = 256;
      for (let isFirst = true; ; isFirst = false) {
        const batch = await readBatch(cursor, rowsWanted);
        if (batch.rows.length === 0 && !isFirst) return;
        yield batch;
        if (batch.rows.length === 0) return;
        const characters = charactersOf(batch.rows) / batch.rows.length;
        rowsWanted = Math.max(1, Math.min(maxBatchRows, Math.floor(batchCharacters / characters)));
      }
    } catch (error) {
      throw refused(error, options);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

const charactersOf = (rows: readonly TextRow[]): number => {
  let characters = 0;
  for (const row of rows) for (const value of row) characters += 8 + (value?.length ?? 0);
  return characters;
};

/** The client's packages are loaded where a source is a server's, not by everybody. */
const openClient = async (
  url: string,
): Promise<{ client: Client; openCursor: (sql: string) => Cursor<TextRow> }> => {
  let packages;
  try {
    packages = await Promise.all([import('pg'), import('pg-cursor')]);
  } catch (error) {
    throw new UnavailableError(
      'Reading from PostgreSQL',
      'the packages pg and pg-cursor are not there',
      'Install them: npm install pg pg-cursor',
      { cause: error },
    );
  }
  const [{ default: pg }, { default: CursorOfRows }] = packages;
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 20_000,
    application_name: 'q-anchor',
    // Values stay the texts they are.
    types: { getTypeParser: () => (value: string) => value },
  });
  return {
    client,
    openCursor: (sql) => client.query(new CursorOfRows<TextRow>(sql, [], { rowMode: 'array' })),
  };
};

const readBatch = (cursor: Cursor<TextRow>, rows: number): Promise<RowBatch> =>
  new Promise((resolve, reject) => {
    // Beyond what its types say there may be no error, and at the end there is no result.
    type Fields = { readonly fields: readonly FieldDef[] };
    cursor.read(rows, (error: Error | undefined | null, read, result?: Fields) => {
      if (error) reject(error);
      else resolve({ rows: read, fields: result?.fields ?? [] });
    });
  });

const wordsOf = (error: unknown): string => {
  // Of a name with several addresses each failure is told.
  const inner = error instanceof AggregateError ? (error.errors as unknown[]).at(-1) : error;
  return inner instanceof Error ? inner.message : String(inner);
};

const unreachable = (error: unknown, { address, addressWhere }: ReadRowsOptions): InputError =>
  new InputError(
    {
      where: addressWhere,
      expected: `a PostgreSQL server that lets us in at ${address.shown}`,
      found: wordsOf(error),
      fix: 'Check that it runs, and the user, password and database of the address',
    },
    { cause: error },
  );

const refused = (error: unknown, { sqlWhere, expected }: ReadRowsOptions): Error => {
  if (InputError.isInstance(error)) return error;
  const { hint } = error as { readonly hint?: string };
  return new InputError(
    {
      where: sqlWhere,
      expected,
      found: wordsOf(error).slice(0, 600),
      ...(hint === undefined ? {} : { fix: hint }),
    },
    { cause: error },
  );
};
