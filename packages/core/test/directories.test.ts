import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { InputError, makeDirectoryAtomic } from '@q-anchor/core';

import { temporaryFolder } from './support/temporary-folder.js';

let root: string;
beforeEach(async () => {
  root = await temporaryFolder();
});

const writing =
  (text: string) =>
  async (directory: string): Promise<string> => {
    await writeFile(join(directory, 'a.txt'), text);
    return directory;
  };
const content = (path: string): Promise<string> => readFile(join(path, 'a.txt'), 'utf8');

describe('a directory made whole', () => {
  test('appears when it is filled, in folders that were not there', async () => {
    const path = join(root, 'above', 'made');
    const filled = await makeDirectoryAtomic(path, { fill: writing('whole') });
    expect(filled).not.toBe(path);
    expect(await content(path)).toBe('whole');
    expect(await readdir(join(root, 'above'))).toEqual(['made']);
  });

  test('takes the place of an empty one, and of another if it may', async () => {
    const path = join(root, 'made');
    await mkdir(path);
    await makeDirectoryAtomic(path, { fill: writing('first') });
    await expect(makeDirectoryAtomic(path, { fill: writing('second') })).rejects.toThrow(
      /expected a new or empty folder, found a folder with 1 entries/,
    );
    expect(await content(path)).toBe('first');
    await writeFile(join(path, 'old.txt'), '');
    await makeDirectoryAtomic(path, { overwrite: true, fill: writing('second') });
    expect(await readdir(path)).toEqual(['a.txt']);
    expect(await content(path)).toBe('second');
    expect(await readdir(root)).toEqual(['made']);
  });

  test('is not there, or as it was, if filling fails', async () => {
    const path = join(root, 'made');
    const fill = async (directory: string): Promise<never> => {
      await writing('half')(directory);
      throw new Error('full disk');
    };
    await expect(makeDirectoryAtomic(path, { fill })).rejects.toThrow('full disk');
    expect(await readdir(root)).toEqual([]);
    await makeDirectoryAtomic(path, { fill: writing('whole') });
    await expect(makeDirectoryAtomic(path, { overwrite: true, fill })).rejects.toThrow('full disk');
    expect(await readdir(root)).toEqual(['made']);
    expect(await content(path)).toBe('whole');
  });

  test('is no file', async () => {
    const path = join(root, 'file');
    await writeFile(path, 'dear');
    const made = makeDirectoryAtomic(path, { overwrite: true, fill: writing('whole') });
    await expect(made).rejects.toThrow(InputError);
    expect(await readFile(path, 'utf8')).toBe('dear');
  });
});

test('what a killed process left is removed, what a live one writes is not', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const names = [
    `.made.${dead}.0a.partial`,
    `.made.${process.pid}.0a.partial`,
    `.other.${dead}.0a.partial`,
    '.made.json.0a.partial',
  ];
  for (const name of names) await mkdir(join(root, name));
  await makeDirectoryAtomic(join(root, 'made'), { fill: writing('whole') });
  expect((await readdir(root)).toSorted()).toEqual([...names.slice(1), 'made'].toSorted());
});

test('what a killed process left is gone on with if it is wanted, the rest is removed', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  for (const [hex, text] of [
    ['0a', 'foreign'],
    ['0b', 'half'],
    ['0c', 'half'],
  ] as const) {
    const left = join(root, `.made.${dead}.${hex}.partial`);
    await mkdir(left);
    await writing(text)(left);
  }
  const asked: string[] = [];
  const found = await makeDirectoryAtomic(join(root, 'made'), {
    adopt: async (directory) => {
      asked.push(await content(directory));
      return asked.at(-1) === 'half';
    },
    fill: async (directory) => {
      const left = await content(directory);
      await writing('whole')(directory);
      return left;
    },
  });
  expect([found, asked]).toEqual(['half', ['foreign', 'half']]);
  expect(await content(join(root, 'made'))).toBe('whole');
  expect(await readdir(root)).toEqual(['made']);
});
