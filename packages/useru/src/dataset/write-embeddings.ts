import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { DOUBLE, FLOAT, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { ShapeError } from '@q-anchor/core';

import { openDatabase } from './database.js';
import { appendRows, createReferenceTable, type ReferencePoint } from './reference-table.js';
import { openSpillDirectory } from './spill-directory.js';
import { quoteText } from './sql-text.js';

/** An embedding of a user at a reference time for a query. */
export interface EmbeddingRow extends ReferencePoint {
  /** The query, or all whose mean it is in one text; empty where nothing was asked. */
  readonly query: string;
  /** The scenario whose query or queries these are, if they are one's. */
  readonly scenario?: string;
  /** Digest of the artefact whose tuned prompts stood before the query, if any did. */
  readonly artefact?: string;
  /** The vector, `[dimensions]`. */
  readonly embedding: Float32Array;
}

/** Writes embeddings batch by batch; disposing of it unfinished leaves no file. */
export interface EmbeddingWriter extends AsyncDisposable {
  /**
   * Adds rows.
   *
   * @throws {@link @q-anchor/core#ShapeError} if an embedding has another size than the first
   */
  append(rows: readonly EmbeddingRow[]): Promise<void>;
  /**
   * Adds rows of files that this function wrote, of some users, each as of a reference time that takes the
   * place of the rows' own; in no particular order.
   *
   * @param files - a path, which may be a pattern such as `vectors/part-*.parquet`
   * @param references - whose rows, each user at most once
   */
  copy(files: string, references: readonly ReferencePoint[]): Promise<void>;
  /** Writes the file, whole or not at all; one that is there is replaced. */
  finish(): Promise<void>;
}

/**
 * Opens a writer of a Parquet file with the columns `user_id`, `reference_time` (days), `scenario`,
 * `query`, `artefact`, `embedding` (list of floats), in the order appended.
 *
 * @param path - the file; missing folders are made
 * @param options - `dimensions`: size of an embedding
 * @example
 * ```ts
 * await using writer = await openEmbeddingWriter('users.parquet', { dimensions: 128 });
 * await writer.append([{ userId: 'a', referenceDays: 90, query: '', embedding }]);
 * await writer.finish();
 * ```
 */
export async function openEmbeddingWriter(
  path: string,
  { dimensions }: { readonly dimensions: number },
): Promise<EmbeddingWriter> {
  const suffix = randomBytes(6).toString('hex');
  const spill = await openSpillDirectory();
  const temporary = join(dirname(path), `.${basename(path)}.${suffix}.partial`);
  const database = await openDatabase(':memory:', { spillDirectory: spill.path });
  await database.connection.run(
    `CREATE TABLE embeddings (user_id VARCHAR, reference_time DOUBLE, scenario VARCHAR,
       query VARCHAR, artefact VARCHAR, embedding FLOAT[])`,
  );
  let isClosed = false;
  return {
    async append(rows) {
      const stray = rows.find(({ embedding }) => embedding.length !== dimensions);
      if (stray) throw new ShapeError('embedding', [dimensions], [stray.embedding.length]);
      await appendRows(database.connection, 'embeddings', {
        types: [VARCHAR, DOUBLE, VARCHAR, VARCHAR, VARCHAR, LIST(FLOAT)],
        rows: rows.length,
        columnsOf: (start, end) => {
          const part = rows.slice(start, end);
          return [
            part.map(({ userId }) => userId),
            part.map(({ referenceDays }) => referenceDays),
            part.map(({ scenario }) => scenario ?? null),
            part.map(({ query }) => query),
            part.map(({ artefact }) => artefact ?? null),
            part.map(({ embedding }) => listValue([...embedding])),
          ];
        },
      });
    },
    async copy(files, references) {
      if (references.length === 0) return;
      const table = 'copied_references';
      await createReferenceTable(database.connection, table, references);
      await database.connection.run(
        `INSERT INTO embeddings
         SELECT user_id, r.reference_time, f.scenario, f.query, f.artefact, f.embedding
         FROM read_parquet(${quoteText(files)}) f JOIN ${table} r USING (user_id);
         DROP TABLE ${table}`,
      );
    },
    async finish() {
      await mkdir(dirname(path), { recursive: true });
      try {
        await database.connection.run(
          `COPY embeddings TO ${quoteText(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
        );
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      database.close();
      await spill.remove();
    },
  };
}
