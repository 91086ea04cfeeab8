import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { openEmbeddingWriter, type EmbeddingRow } from '@q-anchor/useru';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { postgresObstacle } from '../../../../packages/useru/test/support/postgres-programs.mjs';
import {
  startPostgres,
  type PostgresServer,
} from '../../../../packages/useru/test/support/postgres-server.js';

const hasPsql = spawnSync('psql', ['--version']).status === 0;
const obstacle = postgresObstacle() ?? (hasPsql ? undefined : 'psql was not found');
if (obstacle !== undefined) {
  process.stderr.write(`\n!!! COPY into PostgreSQL is SKIPPED: ${obstacle}\n\n`);
}

/** A block of the README by its words after the backticks. */
async function block(name: string): Promise<string> {
  const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, found] = new RegExp(`\`\`\`${name}\n([^]*?)\`\`\``, 'u').exec(text) ?? [];
  if (found === undefined) throw new Error(`README: no block ${name}`);
  return found;
}

describe.skipIf(obstacle !== undefined)(
  'COPY into PostgreSQL (skipped where no server can be started)',
  () => {
    let server: PostgresServer;
    let folder: string;
    beforeAll(async () => {
      server = await startPostgres();
      folder = await temporaryFolder();
    }, 120_000);
    afterAll(() => server.stop());

    const psql = (...args: readonly string[]): string =>
      execFileSync('psql', [server.url, '-v', 'ON_ERROR_STOP=1', '-qAt', ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });

    /** Writes shards and takes them over by the recipe. */
    async function load(shards: readonly (readonly EmbeddingRow[])[]): Promise<void> {
      for (const [i, rows] of shards.entries()) {
        await using writer = await openEmbeddingWriter(
          join(folder, `users/part-0000${i}.parquet`),
          {
            dimensions: 3,
          },
        );
        await writer.append(rows);
        await writer.finish();
      }
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      // DuckDB's command resolves paths against its folder; this process has another.
      const sql = await block('sql duckdb');
      for (const name of ['users/*.parquet', 'vectors.csv']) expect(sql).toContain(`'${name}'`);
      await connection.run(
        sql
          .replace("'users/", `'${join(folder, 'users')}/`)
          .replace("'vectors.csv'", `'${join(folder, 'vectors.csv')}'`),
      );
      connection.closeSync();
      instance.closeSync();
      await writeFile(join(folder, 'load.sql'), await block('sql psql'));
      psql('-1', '-f', 'load.sql');
    }

    const row = (
      userId: string,
      query: string,
      referenceDays: number,
      numbers: readonly number[],
    ): EmbeddingRow => ({ userId, query, referenceDays, embedding: Float32Array.from(numbers) });

    const stored = (): unknown =>
      JSON.parse(
        psql(
          '-c',
          `SELECT json_agg(json_build_array(user_id, query, reference_time, embedding)
             ORDER BY user_id, query) FROM user_vectors`,
        ),
      ) as unknown;

    test('the README’s recipe takes vectors over bit for bit, and again', async () => {
      const odd = Float32Array.of(0.1, -1 / 3, 1.1754943508222875e-38);
      const strange = 'it’s, "he\\said"\nßé';
      await load([
        [row('a', '', 30, [1, 0, 0]), row('a', '', 60, [...odd]), row('a', 'Who?', 60, [0, 1, 0])],
        [row(strange, '', 60, [0, 0, 1])],
      ]);
      const single = (numbers: Iterable<number>): number[] =>
        Array.from(numbers, (value) => Number(Math.fround(value).toString()));
      const rounded = (rows: unknown): unknown =>
        (rows as [string, string, number, number[]][]).map(([user, query, time, vector]) => [
          user,
          query,
          time,
          single(vector),
        ]);
      expect(rounded(stored())).toEqual([
        ['a', '', 60, single(odd)],
        ['a', 'Who?', 60, [0, 1, 0]],
        [strange, '', 60, [0, 0, 1]],
      ]);
      await load([
        [row('a', '', 61, [0, 0.5, 0]), row('b', '', 61, [0, 0, 0.25])],
        [row(strange, '', 60, [0, 0, 1])],
      ]);
      expect(rounded(stored())).toEqual([
        ['a', '', 61, [0, 0.5, 0]],
        ['a', 'Who?', 60, [0, 1, 0]],
        ['b', '', 61, [0, 0, 0.25]],
        [strange, '', 60, [0, 0, 1]],
      ]);
    });
  },
);
