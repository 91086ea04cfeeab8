import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ShapeError } from '@q-anchor/core';
import { openEventEmbeddingFiles } from '@q-anchor/kv-serving';
import { beforeEach, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

let folder: string;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'texts');
});

const open = (nowDays = 100, encoderDigest = 'model-1') =>
  openEventEmbeddingFiles(folder, { encoderDigest, width: 2, nowDays, keepDays: 10 });

const put = async (
  files: Awaited<ReturnType<typeof open>>,
  texts: readonly string[],
  maxTokens = 5,
): Promise<void> =>
  files.put(texts, {
    maxTokens,
    embeddings: Float32Array.from(texts.flatMap((text) => [text.length, 0.1])),
  });

const found = async (
  files: Awaited<ReturnType<typeof open>>,
  ...texts: string[]
): Promise<unknown[]> =>
  (await files.get(texts, 5)).map((embedding) => embedding && [...embedding]);

const tenth = Math.fround(0.1);

test('what one process put another one finds, by text and cap of tokens', async () => {
  {
    await using files = await open();
    await put(files, ['a', 'bb', 'ß'.repeat(3)]);
    expect(await found(files, 'bb')).toEqual([[2, tenth]]);
  }
  await using files = await open();
  expect(await found(files, 'x', 'ßßß', 'a')).toEqual([undefined, [3, tenth], [1, tenth]]);
  expect(await files.get(['a'], 6)).toEqual([undefined]);
  await put(files, ['dddd']);
  expect(files.counts).toEqual({ entries: 4, found: 2, added: 1 });
  await expect(open()).rejects.toThrow(/nobody else writes/u);
});

test('many records, more than are read at once', async () => {
  const texts = Array.from({ length: 10_000 }, (_, i) => `text ${i}`);
  {
    await using files = await open();
    await put(files, texts);
  }
  await using files = await open();
  expect(await found(files, 'text 4095', 'text 4096', 'text 9999')).toEqual([
    [9, tenth],
    [9, tenth],
    [9, tenth],
  ]);
});

test('another model finds nothing, and neither does the former one after it', async () => {
  {
    await using files = await open();
    await put(files, ['a']);
  }
  {
    await using files = await open(100, 'model-2');
    expect(await found(files, 'a')).toEqual([undefined]);
  }
  await using files = await open();
  expect(files.counts.entries).toBe(0);
});

test('a record cut off by a kill goes, a damaged one is not given out', async () => {
  {
    await using files = await open();
    await put(files, ['a', 'bb']);
  }
  const path = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.bin'))!,
  );
  const whole = statSync(path).size;
  appendFileSync(path, Buffer.alloc(9, 7));
  {
    await using files = await open();
    expect(await found(files, 'a', 'bb')).toEqual([
      [1, tenth],
      [2, tenth],
    ]);
    await put(files, ['ccc']);
  }
  const bytes = readFileSync(path);
  expect(bytes).toHaveLength(whole + (whole - 40) / 2);
  bytes[40 + 16 + 4] = bytes[40 + 16 + 4]! ^ 1;
  writeFileSync(path, bytes);
  await using files = await open();
  expect(await found(files, 'a', 'bb', 'ccc')).toEqual([undefined, [2, tenth], [3, tenth]]);
  await put(files, ['a']);
  expect(await found(files, 'a')).toEqual([[1, tenth]]);
});

test('what is used lives on, what is not used for two periods goes', async () => {
  {
    await using files = await open(100);
    await put(files, ['used', 'idle']);
  }
  for (const day of [109, 111, 121, 131]) {
    await using files = await open(day);
    expect(await found(files, 'used')).toEqual([[4, tenth]]);
  }
  expect(readdirSync(folder)).toEqual(['from-day-121.bin', 'from-day-131.bin']);
  await using files = await open(132);
  expect(await found(files, 'used', 'idle')).toEqual([[4, tenth], undefined]);
});

test('embeddings of another size are refused', async () => {
  await using files = await open();
  const act = files.put(['a'], { maxTokens: 5, embeddings: new Float32Array(3) });
  await expect(act).rejects.toSatisfy((error) => ShapeError.isInstance(error));
});
