import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import type { DuckDBConnection } from '@duckdb/node-api';

import { quoteText } from '../dataset/sql-text.js';
import type { FileSource, SourceFormat } from '../manifest/manifest.js';
import { rowsOf } from './import-context.js';

/** Where a source's files are: its path, below the data folder unless it is absolute. */
export const sourcePath = (source: FileSource, dataDirectory: string): string =>
  isAbsolute(source.path) ? source.path : join(dataDirectory, source.path);

const endings: readonly (readonly [RegExp, SourceFormat])[] = [
  [/\.(csv|tsv|txt|asc)(\.(gz|zst))?$/iu, 'csv'],
  [/\.(json|jsonl|ndjson)(\.(gz|zst))?$/iu, 'json'],
  [/\.(parquet|pq)$/iu, 'parquet'],
];

/** The format that a file's ending tells. */
export const formatByEnding = (path: string): SourceFormat | undefined =>
  endings.find(([ending]) => ending.test(path))?.[1];

/** The files of a source, in order; of a folder those in it, however deep, whose ending tells a format. */
export async function sourceFiles(
  connection: DuckDBConnection,
  source: FileSource,
  dataDirectory: string,
): Promise<string[]> {
  const path = sourcePath(source, dataDirectory);
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  const pattern = isFolder ? join(path, '**') : path;
  const rows = await rowsOf(
    connection,
    `SELECT file FROM glob(${quoteText(pattern)}) ORDER BY file`,
  );
  const files = rows.map(([file]) => String(file));
  return isFolder ? files.filter((file) => formatByEnding(file) !== undefined) : files;
}
