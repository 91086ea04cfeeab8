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

test('an embedding of another size is an error, and unfinished work leaves nothing', async () => {
  await using writer = await openEmbeddingWriter(join(directory, 'e.parquet'), { dimensions: 3 });
  const row = { userId: 'a', referenceDays: 1, query: '', embedding: Float32Array.of(1, 2) };
  await expect(writer.append([row])).rejects.toSatisfy((error) => ShapeError.isInstance(error));
  await writer[Symbol.asyncDispose]();
  expect(await readdir(directory)).toEqual([]);
});
