import { isAbsolute, join } from 'node:path';

import { InputError } from '@q-anchor/core';

import { quoteName, quoteOption, quoteText } from '../dataset/sql-text.js';
import type { ManifestSource, SourceFormat } from '../manifest/manifest.js';
import { numbersOf, rowsOf, type ImportContext } from './import-context.js';

const formatByEnding: readonly (readonly [RegExp, SourceFormat])[] = [
  [/\.(csv|tsv|txt|asc)(\.(gz|zst))?$/iu, 'csv'],
  [/\.(json|jsonl|ndjson)(\.(gz|zst))?$/iu, 'json'],
  [/\.(parquet|pq)$/iu, 'parquet'],
];

const reader: Readonly<Record<SourceFormat, string>> = {
  csv: 'read_csv',
  json: 'read_json',
  parquet: 'read_parquet',
};

const formatOf = (source: ManifestSource, where: string): SourceFormat => {
  if (source.format !== undefined) return source.format;
  const found = formatByEnding.find(([ending]) => ending.test(source.path));
  if (found !== undefined) return found[1];
  throw new InputError({
    where,
    expected: 'a path whose ending tells the format (.csv, .tsv, .asc, .json, .jsonl, .parquet)',
    found: `"${source.path}"`,
    fix: 'Give the format: { path, format: csv | json | parquet }',
  });
};

/**
 * Makes one source readable under its name. Text is parsed once into a table, Parquet stays a view.
 *
 * @returns its number of rows
 */
export async function openSource(
  context: ImportContext,
  name: string,
  source: ManifestSource,
): Promise<number> {
  const { connection, dataDirectory } = context;
  const where = `${context.where}: sources.${name}`;
  if (/^[a-z][a-z0-9+.-]+:\/\//iu.test(source.path)) {
    throw new InputError({
      where,
      expected: 'a path on this machine',
      found: `"${source.path}"`,
      fix: 'Copy the files here first',
    });
  }
  const format = formatOf(source, where);
  const path = isAbsolute(source.path) ? source.path : join(dataDirectory, source.path);
  const files = await rowsOf(connection, `SELECT file FROM glob(${quoteText(path)}) ORDER BY file`);
  if (files.length === 0) {
    throw new InputError({
      where,
      expected: 'a file',
      found: `nothing at ${path}`,
      fix: 'Check the path; it is relative to the manifest, or to the data folder if one was given',
    });
  }
  const list = quoteOption(files.map(([file]) => String(file)));
  const options = Object.entries(source.options).map(
    ([key, value]) => `, ${key} = ${quoteOption(value)}`,
  );
  const kind = format === 'parquet' ? 'VIEW' : 'TABLE';
  const sql = `CREATE ${kind} ${quoteName(name)} AS SELECT * FROM ${reader[format]}(${list}${options.join('')})`;
  try {
    await connection.run(sql);
    const [rows = 0] = await numbersOf(connection, `SELECT count(*) FROM ${quoteName(name)}`);
    return rows;
  } catch (error) {
    context.signal?.throwIfAborted();
    throw new InputError(
      {
        where,
        expected: `${format} that can be read`,
        found: error instanceof Error ? error.message.slice(0, 600) : String(error),
        fix: `Reader options go under sources.${name}.options`,
      },
      { cause: error },
    );
  }
}
