import type { DuckDBConnection } from '@duckdb/node-api';

/** The columns of one chunk of a result, each as long as the chunk. */
type ChunkColumns = readonly (readonly unknown[])[];

/** A streaming result whose first column, an ascending number, says which item a row belongs to. */
export interface OrderedRows {
  /** Visits the rows of items below `end` that were not visited yet, in order. */
  visitUntil(end: number, visit: (columns: ChunkColumns, row: number) => void): Promise<void>;
}

/** Starts a query that is ordered by its first column and reads it chunk by chunk. */
export async function openOrderedRows(
  connection: DuckDBConnection,
  sql: string,
): Promise<OrderedRows> {
  const result = await connection.stream(sql);
  let columns: ChunkColumns = [[]];
  let row = 0;
  let finished = false;
  return {
    visitUntil: async (end, visit) => {
      for (;;) {
        const items = columns[0] as readonly number[];
        while (row < items.length && items[row]! < end) {
          visit(columns, row);
          row += 1;
        }
        if (row < items.length || finished) return;
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) {
          finished = true;
          return;
        }
        columns = chunk.getColumns();
        row = 0;
      }
    },
  };
}
