import { DuckDBInstance } from '@duckdb/node-api';

/** How far two sets of vectors are apart. */
export interface VectorDistance {
  /** Vectors that both have, of the same user, query and reference time. */
  readonly vectors: number;
  /** The largest distance. */
  readonly largest: number;
}

/**
 * Compares vectors of two refreshes.
 *
 * @param one - pattern of its Parquet files
 * @param other - that of the other
 * @throws if one has a vector that the other has not
 */
export async function vectorDistance(one: string, other: string): Promise<VectorDistance> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT count(*), count(a.user_id), count(b.user_id),
         max(list_distance(a.embedding, b.embedding))
       FROM '${one}' AS a FULL JOIN '${other}' AS b USING (user_id, query, reference_time)`,
    );
    const [rows, ofOne, ofOther, largest] = reader.getRows()[0]!.map(Number);
    if (rows !== ofOne || rows !== ofOther) {
      throw new Error(`${one} and ${other} have not the same users at the same times`);
    }
    return { vectors: rows!, largest: largest! };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
