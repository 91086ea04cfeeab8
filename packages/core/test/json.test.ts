import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import {
  InputError,
  jsonOf,
  parsedBy,
  pathExists,
  readJson,
  readOptionalJson,
  readOptionalText,
  readText,
  writeJson,
} from '@q-anchor/core';

import { temporaryFolder } from './support/temporary-folder.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'folder.json'));
  await writeFile(join(folder, 'broken.json'), '{"a": 1,');
  await writeFile(join(folder, 'null.json'), 'null');
  await writeFile(join(folder, 'whole.json'), '{"a": {"b": [1, "x"]}}');
});

const at = (name: string): string => join(folder, name);

describe('reading', () => {
  test.each(['whole.json', 'null.json'])('%s as JSON.parse', async (name) => {
    const value: unknown = JSON.parse(await readFile(at(name), 'utf8'));
    expect(await readJson(at(name))).toEqual(value);
    expect(await readOptionalJson(at(name))).toEqual(value);
  });

  test('no file is nothing where it may be, an error where it must be there', async () => {
    expect(await readOptionalText(at('no.json'))).toBeUndefined();
    expect(await readOptionalJson(at('no.json'))).toBeUndefined();
    for (const read of [readText, readJson]) {
      await expect(read(at('no.json'))).rejects.toMatchObject({
        where: at('no.json'),
        expected: 'a readable file',
        found: 'no file',
      });
    }
  });

  test.each([readText, readOptionalText, readJson, readOptionalJson])(
    'what is no file is refused by $name',
    async (read) => {
      const reading = read(at('folder.json'));
      await expect(reading).rejects.toBeInstanceOf(InputError);
      await expect(reading).rejects.toThrow(/folder\.json: expected a readable file, found EISDIR/);
    },
  );

  test.each([readJson, readOptionalJson])('what is not JSON is refused by $name', async (read) => {
    const reading = read(at('broken.json'));
    await expect(reading).rejects.toBeInstanceOf(InputError);
    await expect(reading).rejects.toThrow(/broken\.json: expected JSON, found .*JSON/);
  });

  test('a text that is not JSON is refused by the place it comes from', () => {
    expect(jsonOf('[1]', 'the header')).toEqual([1]);
    expect(() => jsonOf('', 'the header')).toThrow(
      /^the header: expected JSON, found Unexpected end/,
    );
  });
});

describe('a value by a schema', () => {
  const schema = z.object({
    a: z.object({ b: z.array(z.number({ error: 'a number' })) }, { error: 'an object with b' }),
    c: z.int({ error: 'a whole number' }).default(7),
  });
  const parsed = (value: unknown) => parsedBy(value, { schema, where: 'x.json' });

  test('comes with its defaults', () => {
    expect(parsed({ a: { b: [1] } })).toEqual({ a: { b: [1] }, c: 7 });
  });

  test.each<[string, unknown, string]>([
    ['deep inside', { a: { b: [1, 'x'] } }, `x.json, key 'a.b.1': expected a number, found "x"`],
    ['missing', {}, `x.json, key 'a': expected an object with b, found nothing`],
    ['null', { a: null }, `x.json, key 'a': expected an object with b, found null`],
    ['the first of two', { a: 1, c: 0.5 }, `x.json, key 'a': expected an object with b, found 1`],
  ])('names what is wrong: %s', (_, value, message) => {
    expect(() => parsed(value)).toThrow(InputError);
    expect(() => parsed(value)).toThrow(message);
  });

  test('names the file alone where the whole is wrong', () => {
    expect(() => parsed([])).toThrow(/^x\.json: expected .*, found \[\]$/);
  });

  test('shows the start of what is long', () => {
    const error = new Set<string>();
    try {
      parsed({ a: 'y'.repeat(5000) });
    } catch (caught) {
      error.add((caught as InputError).found);
    }
    expect([...error]).toEqual([`"${'y'.repeat(199)}`]);
  });
});

describe('writing', () => {
  test('is indented, ends its last line, makes folders and leaves nothing beside', async () => {
    const path = at('deep/er/written.json');
    expect(await pathExists(path)).toBe(false);
    await writeJson(path, { a: [1], b: undefined });
    expect(await pathExists(path)).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
    expect(await readdir(at('deep/er'))).toEqual(['written.json']);
    expect(await pathExists(at('deep'))).toBe(true);
  });
});
