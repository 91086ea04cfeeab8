import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { ShapeError } from '@q-anchor/core';
import { openEmbeddingWriter } from '@q-anchor/useru';
import { beforeEach, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

let directory: string;
beforeEach(async () => {
  directory = await temporaryFolder();
});

const rowsOf = async (path: string): Promise<unknown[][]> => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`SELECT * FROM '${path}'`);
  const rows = reader.getRowsJS();
  connection.closeSync();
  return rows;
};

test('writes the rows in the order appended, vectors bit-equal', async () => {
  const path = join(directory, 'sub', 'e.parquet');
  const vector = Float32Array.of(0.1, -2.5);
  await using writer = await openEmbeddingWriter(path, { dimensions: 2 });
  const many = Array.from({ length: 3000 }, (_, i) => ({
    userId: `u${i}`,
    referenceDays: i / 2,
    query: 'why?',
    scenario: 'fraud',
    artefact: 'abc',
    embedding: Float32Array.of(i, Math.fround(i / 3)),
  }));
  await writer.append([{ userId: "it's", referenceDays: 90.5, query: '', embedding: vector }]);
  await writer.append(many);
  await writer.finish();
  const rows = await rowsOf(path);
  expect(rows[0]).toEqual(["it's", 90.5, null, '', null, [...vector]]);
  expect(rows).toHaveLength(3001);
  const last = ['u2999', 1499.5, 'fraud', 'why?', 'abc', [2999, Math.fround(2999 / 3)]];
  expect(rows[3000]).toEqual(last);
});

test('rows of other files are copied for some users, as of another time', async () => {
  const vector = (i: number): Float32Array => Float32Array.of(i, Math.fround(i / 7));
  for (const [part, users] of [
    ['part-0', ['a', 'b']],
    ['part-1', ['c', "d's"]],
  ] as const) {
    await using writer = await openEmbeddingWriter(join(directory, `${part}.parquet`), {
      dimensions: 2,
    });
    await writer.append(
      users.flatMap((userId, i) =>
        ['', 'why?'].map((query, q) => ({
          userId,
          referenceDays: 1,
          query,
          ...(q === 1 && { scenario: 'fraud' }),
          embedding: vector(10 * i + q),
        })),
      ),
    );
    await writer.finish();
  }
  const path = join(directory, 'next.parquet');
  await using writer = await openEmbeddingWriter(path, { dimensions: 2 });
  await writer.copy(join(directory, 'part-*.parquet'), [
    { userId: "d's", referenceDays: 2 },
    { userId: 'a', referenceDays: 3 },
    { userId: 'nobody', referenceDays: 3 },
  ]);
  await writer.copy(join(directory, 'part-*.parquet'), []);
  await writer.append([{ userId: 'b', referenceDays: 4, query: '', embedding: vector(5) }]);
  await writer.finish();
  const rows = await rowsOf(path);
  const placeOf = ([user, , , query]: unknown[]): string => `${user as string} ${query as string}`;
  expect(rows.toSorted((x, y) => placeOf(x).localeCompare(placeOf(y)))).toEqual([
    ['a', 3, null, '', null, [...vector(0)]],
    ['a', 3, 'fraud', 'why?', null, [...vector(1)]],
    ['b', 4, null, '', null, [...vector(5)]],
    ["d's", 2, null, '', null, [...vector(10)]],
    ["d's", 2, 'fraud', 'why?', null, [...vector(11)]],
  ]);
});

test('an embedding of another size is an error, and unfinished work leaves nothing', async () => {
  await using writer = await openEmbeddingWriter(join(directory, 'e.parquet'), { dimensions: 3 });
  const row = { userId: 'a', referenceDays: 1, query: '', embedding: Float32Array.of(1, 2) };
  await expect(writer.append([row])).rejects.toSatisfy((error) => ShapeError.isInstance(error));
  await writer[Symbol.asyncDispose]();
  expect(await readdir(directory)).toEqual([]);
});
