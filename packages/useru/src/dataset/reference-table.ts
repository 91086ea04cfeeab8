import {
  DOUBLE,
  DuckDBDataChunk,
  INTEGER,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';

/** A user at a reference time. */
export interface ReferencePoint {
  /** The user's id in the dataset. */
  readonly userId: string;
  /** What is known of the user ends here, in days on the dataset's axis. */
  readonly referenceDays: number;
}

/** The most rows a chunk holds. */
const chunkRows = 2048;

/** Appends rows, given column by column for a range of them, to a table. */
export async function appendRows(
  connection: DuckDBConnection,
  table: string,
  options: {
    readonly types: readonly DuckDBType[];
    readonly rows: number;
    readonly columnsOf: (start: number, end: number) => DuckDBValue[][];
  },
): Promise<void> {
  const appender = await connection.createAppender(table);
  try {
    for (let start = 0; start < options.rows; start += chunkRows) {
      const end = Math.min(start + chunkRows, options.rows);
      const chunk = DuckDBDataChunk.create(options.types, end - start);
      chunk.setColumns(options.columnsOf(start, end));
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

/** Puts references into a table (item, user_id, reference_time), `item` being their index. */
export async function createReferenceTable(
  connection: DuckDBConnection,
  table: string,
  references: readonly ReferencePoint[],
): Promise<void> {
  await connection.run(
    `CREATE TABLE ${table} (item INTEGER, user_id VARCHAR, reference_time DOUBLE)`,
  );
  await appendRows(connection, table, {
    types: [INTEGER, VARCHAR, DOUBLE],
    rows: references.length,
    columnsOf: (start, end) => {
      const part = references.slice(start, end);
      return [
        part.map((_, i) => start + i),
        part.map(({ userId }) => userId),
        part.map(({ referenceDays }) => referenceDays),
      ];
    },
  });
}
