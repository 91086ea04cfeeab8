import type { DuckDBConnection } from '@duckdb/node-api';

import type { Manifest } from '../manifest/manifest.js';

/** What an import reports while it runs. */
export interface ImportProgress {
  /** The manifest key that was just finished, e.g. `modalities.bill`. */
  readonly section: string;
  /** Rows it gave. */
  readonly rows: number;
  /** How many sections are finished. */
  readonly done: number;
  /** How many there are. */
  readonly total: number;
}

/** What every section of an import works with. */
export interface ImportContext {
  readonly manifest: Manifest;
  /** What to call the manifest in errors. */
  readonly where: string;
  /** The folder that source paths are relative to. */
  readonly dataDirectory: string;
  /** The unfinished dataset directory. */
  readonly directory: string;
  /** A folder in it for what the finished dataset doesn't have. */
  readonly scratchDirectory: string;
  readonly connection: DuckDBConnection;
  readonly signal: AbortSignal | undefined;
}

/** All rows of a query as arrays, numbers as JavaScript numbers. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly (readonly unknown[])[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader
    .getRows()
    .map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
}

/** The numbers of a query that gives one row. */
export async function numbersOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly number[]> {
  const [row = []] = await rowsOf(connection, sql);
  return row.map(Number);
}
