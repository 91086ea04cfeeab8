import { InputError } from '@q-anchor/core';

import { quoteName, quoteOption } from '../dataset/sql-text.js';
import type { FileSource, ManifestSource, SourceFormat } from '../manifest/manifest.js';
import { withoutPasswords } from '../manifest/passwords.js';
import { numbersOf, type ImportContext } from './import-context.js';
import { importPostgres } from './postgres/import-postgres.js';
import { formatByEnding, sourceFiles, sourcePath } from './source-files.js';

const reader: Readonly<Record<SourceFormat, string>> = {
  csv: 'read_csv',
  json: 'read_json',
  parquet: 'read_parquet',
};

const formatOf = (
  source: FileSource,
  { files, where }: { readonly files: readonly string[]; readonly where: string },
): SourceFormat => {
  if (source.format !== undefined) return source.format;
  const formats = new Set(files.map((file) => formatByEnding(file)));
  const [format] = formats;
  if (format !== undefined && formats.size === 1) return format;
  throw new InputError({
    where,
    expected: 'files whose ending tells one format (.csv, .tsv, .asc, .json, .jsonl, .parquet)',
    found:
      formats.size > 1
        ? `${[...formats].map((one) => one ?? 'other').join(' and ')} under "${source.path}"`
        : `"${source.path}"`,
    fix: 'Give the format: { path, format: csv | json | parquet }',
  });
};

/**
 * Makes one source readable under its name. Text and tables of servers are read once into a table,
 * Parquet stays a view.
 *
 * @returns its number of rows
 */
export async function openSource(
  context: ImportContext,
  name: string,
  source: ManifestSource,
): Promise<number> {
  return 'postgres' in source
    ? importPostgres(context, name, source)
    : openFiles(context, name, source);
}

const openFiles = async (
  context: ImportContext,
  name: string,
  source: FileSource,
): Promise<number> => {
  const { connection, dataDirectory } = context;
  const where = `${context.where}: sources.${name}`;
  if (/^[a-z][a-z0-9+.-]+:\/\//iu.test(source.path)) {
    throw new InputError({
      where,
      expected: 'a path on this machine',
      found: `"${withoutPasswords(source.path)}"`,
      fix: /^postgres/iu.test(source.path)
        ? 'A server is given as { postgres, table } or { postgres, query }'
        : 'Copy the files here first',
    });
  }
  const files = await sourceFiles(connection, source, dataDirectory);
  if (files.length === 0) {
    throw new InputError({
      where,
      expected: 'a file',
      found: `nothing at ${sourcePath(source, dataDirectory)}`,
      fix: 'Check the path; it is relative to the manifest, or to the data folder if one was given',
    });
  }
  const format = formatOf(source, { files, where });
  const list = quoteOption(files);
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
};
