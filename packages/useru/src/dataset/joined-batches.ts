import type { DuckDBConnection } from '@duckdb/node-api';

import type { Database } from './database.js';
import { openOrderedRows, type OrderedRows } from './ordered-rows.js';
import { createReferenceTable, type ReferencePoint } from './reference-table.js';

let tables = 0;

/**
 * Joins references with several files and hands the results over in batches of references, in the
 * order of the references. Every query gets the name of the table that holds them and orders its
 * rows by `item`; each runs once, whatever the batch size.
 *
 * @yields what `assemble` makes of a batch
 */
export async function* joinedBatches<T>(
  database: Database,
  references: readonly ReferencePoint[],
  options: {
    readonly batchSize: number;
    readonly signal: AbortSignal | undefined;
    readonly queries: (table: string) => readonly string[];
    readonly assemble: (
      batch: readonly ReferencePoint[],
      read: (query: number, visit: RowVisitor) => Promise<void>,
    ) => Promise<T>;
  },
): AsyncGenerator<T> {
  const { batchSize, signal } = options;
  tables += 1;
  const table = `reference_points_${tables}`;
  const connections: DuckDBConnection[] = [];
  const interrupt = (): void => {
    for (const connection of connections) connection.interrupt();
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', interrupt);
  try {
    await createReferenceTable(database.connection, table, references);
    const results: OrderedRows[] = [];
    for (const sql of options.queries(table)) {
      // One connection a query: a connection streams one result at a time.
      const connection = await database.connect();
      connections.push(connection);
      results.push(await openOrderedRows(connection, sql));
    }
    for (let start = 0; start < references.length; start += batchSize) {
      signal?.throwIfAborted();
      const batch = references.slice(start, start + batchSize);
      yield await options.assemble(batch, (query, visit) =>
        results[query]!.visitUntil(start + batch.length, (columns, row) => {
          visit((columns[0]![row] as number) - start, columns, row);
        }),
      );
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    interrupt();
    for (const connection of connections) connection.closeSync();
    await database.connection.run(`DROP TABLE IF EXISTS ${table}`);
  }
}

/** Gets a row's place in the batch, the columns of its chunk, and its place in them. */
export type RowVisitor = (
  place: number,
  columns: readonly (readonly unknown[])[],
  row: number,
) => void;
