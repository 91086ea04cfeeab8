import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { openJournal, type JournalHeader } from '../../src/reproduce/journal.js';

const header: JournalHeader = { scale: 'quick', seed: 1, version: '0.0.0, abc', plan: 'aaaa' };

let path: string;
beforeEach(async () => {
  path = join(await temporaryFolder(), 'journal.jsonl');
});

test('keeps what was done, over stops', async () => {
  const first = await openJournal(path, header);
  expect([...first.finished]).toEqual([]);
  await first.add('simulate', 2.5);
  await first.add('pairs', 4);
  expect(first.finished.get('pairs')).toBe(4);
  const again = await openJournal(path, header);
  expect([...again.finished]).toEqual([
    ['simulate', 2.5],
    ['pairs', 4],
  ]);
});

test('a line that was cut off is a step to be done again', async () => {
  await (await openJournal(path, header)).add('simulate', 2.5);
  await appendFile(path, '{"step":"pairs","seco');
  const journal = await openJournal(path, header);
  expect([...journal.finished.keys()]).toEqual(['simulate']);
  await journal.add('pairs', 1);
  expect([...(await openJournal(path, header)).finished.keys()]).toEqual(['simulate', 'pairs']);
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(4);
});

describe('refuses to go on', () => {
  test.each([
    [{ scale: 'full' }, 'scale: expected quick, as when the reproduction was started, found full'],
    [{ seed: 2 }, 'seed: expected 1'],
    [{ version: '0.0.1' }, 'version of q-anchor: expected 0.0.0, abc'],
    [{ plan: 'bbbb' }, 'plan: expected aaaa'],
  ])('with %o', async (change, message) => {
    await openJournal(path, header);
    await expect(openJournal(path, { ...header, ...change })).rejects.toThrow(message);
  });

  test('after a broken line, naming it', async () => {
    await (await openJournal(path, header)).add('simulate', 2.5);
    await appendFile(path, 'nonsense\n');
    await expect(openJournal(path, header)).rejects.toThrow('journal.jsonl, line 3');
  });

  test('from a file that is none', async () => {
    await writeFile(path, '{}\n');
    await expect(openJournal(path, header)).rejects.toThrow('format version 1');
  });
});
