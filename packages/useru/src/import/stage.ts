import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';

import { quoteName, quoteText } from '../dataset/sql-text.js';
import { numbersOf, rowsOf, type ImportContext } from './import-context.js';

/** A section's SQL and the manifest key it stands under. */
export interface Section {
  readonly key: string;
  readonly sql: string;
}

/** One rule for the rows of a stage. */
export interface RowRule {
  /** SQL that is true where a row breaks the rule. */
  readonly broken: string;
  readonly expected: string;
  readonly fix?: string;
}

/** The raw result of a section's SQL, in a table, in the order it came. */
export interface Stage {
  /** The table to read it from. */
  readonly table: string;
  /** Column types by lower-case name, in the order of the SQL. */
  readonly columns: ReadonlyMap<string, string>;
  readonly rows: number;
  /** An error that names the section. */
  problem(expected: string, found: string, fix?: string): InputError;
  /** Throws for the first rule that a row breaks, naming the first such row. */
  check(rules: readonly RowRule[]): Promise<void>;
  drop(): Promise<void>;
}

/** The schema that keeps an import's own tables apart from those a manifest names. */
export const privateSchema = 'q_anchor_import';

const sqlStart = (sql: string): string => {
  const line = sql.replaceAll(/\s+/gu, ' ').trim();
  return line.length > 70 ? `${line.slice(0, 70)}…` : line;
};

/** What to call a section in errors: manifest, key and the start of its SQL. */
const whereOf = (context: ImportContext, section: Section): string =>
  `${context.where}: ${section.key} (${sqlStart(section.sql)})`;

/** An SQL failure as an error of the section that holds the SQL. */
export const sqlProblem = (context: ImportContext, section: Section, error: unknown): Error => {
  context.signal?.throwIfAborted();
  return new InputError(
    {
      where: whereOf(context, section),
      expected: 'SQL that runs',
      found: error instanceof Error ? error.message.slice(0, 600) : String(error),
    },
    { cause: error },
  );
};

/** Runs a section's SQL and checks that it has the columns it must have. */
export async function openStage(
  context: ImportContext,
  section: Section,
  required: readonly string[],
): Promise<Stage> {
  const { connection } = context;
  const where = whereOf(context, section);
  const table = `${privateSchema}.stage`;
  const problem: Stage['problem'] = (expected, found, fix = '') =>
    new InputError({ where, expected, found, fix });
  try {
    // The line break keeps a trailing comment from swallowing the parenthesis.
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM (${section.sql}\n)`);
  } catch (error) {
    throw sqlProblem(context, section, error);
  }
  const described = await rowsOf(
    connection,
    `SELECT column_name, data_type FROM duckdb_columns()
     WHERE schema_name = '${privateSchema}' AND table_name = 'stage' ORDER BY column_index`,
  );
  const columns = new Map(
    described.map(([name, type]) => [String(name).toLowerCase(), String(type)] as const),
  );
  const missing = required.filter((name) => !columns.has(name));
  if (missing.length > 0) {
    throw problem(
      `columns ${required.join(', ')}`,
      `${[...columns.keys()].join(', ')} (no ${missing.join(', no ')})`,
    );
  }
  const [rows = 0] = await numbersOf(connection, `SELECT count(*) FROM ${table}`);

  const check: Stage['check'] = async (rules) => {
    if (rules.length === 0 || rows === 0) return;
    const firsts = await rowsOf(
      connection,
      `SELECT ${rules.map((rule) => `min(rowid) FILTER (WHERE ${rule.broken})`).join(', ')} FROM ${table}`,
    );
    for (const [i, rule] of rules.entries()) {
      const rowId = firsts[0]?.[i];
      if (typeof rowId !== 'number') continue;
      throw problem(rule.expected, await rowText(context, table, rowId), rule.fix);
    }
  };
  return {
    table,
    columns,
    rows,
    problem,
    check,
    drop: async () => {
      await connection.run(`DROP TABLE ${table}`);
    },
  };
}

/** A row of a stage in words, for an error. */
const rowText = async (context: ImportContext, table: string, rowId: number): Promise<string> => {
  const reader = await context.connection.runAndReadAll(
    `SELECT * FROM ${table} WHERE rowid = ${rowId}`,
  );
  const text = JSON.stringify(reader.getRowObjectsJson()[0] ?? {});
  return `row ${rowId + 1}: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
};

/** Writes a query's rows to a Parquet file of the dataset, in the order given, whole or not at all. */
export async function writeParquet(
  context: ImportContext,
  options: { readonly path: string; readonly select: string; readonly orderBy: string },
): Promise<void> {
  const { path, select, orderBy } = options;
  const unfinished = join(context.scratchDirectory, 'unfinished.parquet');
  await context.connection.run(
    `COPY (${select} ORDER BY ${orderBy}) TO ${quoteText(unfinished)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await rename(unfinished, join(context.directory, path));
}

/** Exposes a written file of the dataset to later SQL. */
export async function exposeView(
  context: ImportContext,
  name: string,
  select: string,
): Promise<void> {
  await context.connection.run(`CREATE VIEW ${quoteName(name)} AS ${select}`);
}
