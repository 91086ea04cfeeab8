import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { openSafetensors, writeSafetensors } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { writeRawFile } from './support/raw-file.js';

let directory = '';
let path = '';
beforeEach(async () => {
  directory = await temporaryFolder();
  path = join(directory, 'x.safetensors');
});

const two = {
  a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
  b: { dtype: 'U8', shape: [4], data_offsets: [8, 12] },
};
const withB = (b: object) => ({ ...two, b: { ...two.b, ...b } });

test('the good one opens', async () => {
  await writeRawFile(path, { header: two, data: new Uint8Array(12) });
  await using file = await openSafetensors(path);
  expect(file.names).toEqual(['a', 'b']);
  expect(() => file.info('c')).toThrow(
    /x\.safetensors: tensor c: expected a tensor of that name, found none among 2 \(a, b\)/,
  );
  await expect(file.read('c')).rejects.toThrow(InputError);
});

test.each<[string, unknown, number, RegExp]>([
  ['truncated data', two, 11, /tensor b: expected a file of at least \d+ bytes.*truncated/],
  ['data after the last tensor', two, 13, /expected the end of the file at byte \d+/],
  ['no JSON', '{"a":', 0, /x\.safetensors: header: expected JSON/],
  [
    'a name twice',
    '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}, "\\u0061" :{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
    3,
    /x\.safetensors: tensor a: expected each name once in the header, found it twice/,
  ],
  [
    'offsets twice',
    '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"data_offsets":[0,2]}}',
    2,
    /data_offsets: expected each name once/,
  ],
  ['no object', '[1]', 0, /header: expected a JSON object/],
  [
    'overlap',
    withB({ data_offsets: [4, 8] }),
    8,
    /tensor b: expected data that starts at offset 8.*found offset 4, which overlaps/,
  ],
  [
    'a hole',
    withB({ data_offsets: [9, 13] }),
    13,
    /tensor b: .*found offset 9, which leaves a hole/,
  ],
  ['offsets past the end', withB({ data_offsets: [80, 84] }), 12, /tensor b: .*found offset 80/],
  ['offsets backwards', withB({ data_offsets: [12, 8] }), 12, /tensor b: expected 4 bytes for U8/],
  [
    'bytes that are not of the shape',
    withB({ shape: [5] }),
    12,
    /tensor b: expected 5 bytes for U8 \[5\], found 4 bytes/,
  ],
  ['an overflowing shape', withB({ shape: [2 ** 40, 2 ** 40] }), 12, /tensor b: expected 1.2e?/],
  [
    'an unknown dtype',
    withB({ dtype: 'F8_E4M3' }),
    12,
    /tensor b: expected a dtype of F64, F32.*F8_E4M3/,
  ],
  ['a dtype of Object', withB({ dtype: 'constructor' }), 12, /tensor b: expected a dtype/],
  [
    'a negative size',
    withB({ shape: [-4] }),
    12,
    /tensor b: expected dtype, shape and data_offsets/,
  ],
  ['a broken size', withB({ shape: [0.5] }), 12, /tensor b: expected dtype, shape/],
  ['no offsets', { a: { dtype: 'F32', shape: [] } }, 0, /tensor a: expected dtype, shape/],
  [
    'metadata that is no text',
    { ...two, __metadata__: { a: 1 } },
    12,
    /__metadata__: expected texts/,
  ],
])('%s: refused', async (_, header, dataBytes, message) => {
  await writeRawFile(path, { header, data: new Uint8Array(dataBytes) });
  const opening = openSafetensors(path);
  await expect(opening).rejects.toThrow(message);
  await expect(opening).rejects.toBeInstanceOf(InputError);
});

test('a header longer than the file, and an absurd one', async () => {
  await writeRawFile(path, { header: two, data: new Uint8Array(12), headerLength: 5000 });
  await expect(openSafetensors(path)).rejects.toThrow(
    /header: expected a header of at most \d+ bytes in a file of \d+, found a header of 5000 bytes/,
  );
  await writeRawFile(path, {
    header: two,
    data: new Uint8Array(12),
    headerLength: Number.MAX_SAFE_INTEGER,
  });
  await expect(openSafetensors(path)).rejects.toThrow(/found a header of 9007199254740991 bytes/);
});

test('a header that is no UTF-8', async () => {
  const header = Buffer.from(
    '{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    'latin1',
  );
  await writeRawFile(path, { header, data: new Uint8Array(1) });
  await expect(openSafetensors(path)).rejects.toThrow(
    /x\.safetensors: header: expected text in UTF-8, found bytes that are none/,
  );
});

test('a header length of all ones', async () => {
  const bytes = Buffer.alloc(64, 255);
  await writeFile(path, bytes);
  await expect(openSafetensors(path)).rejects.toThrow(
    /expected a header of at most 56 bytes in a file of 64, found a header of 18446744073709551615/,
  );
});

test('names with quotes, brackets and backslashes are no duplicates', async () => {
  const names = ['a"b', 'a\\"b', '{"a":1}', 'a\\', '__proto__', 'constructor'];
  const tensor = { dtype: 'uint8', shape: [1], data: Uint8Array.of(1) } as const;
  await writeSafetensors(path, Object.fromEntries(names.map((name) => [name, tensor])));
  await using file = await openSafetensors(path);
  expect(file.names).toEqual(names.toSorted());
});

test('too short for a header length, missing, a directory', async () => {
  await writeFile(path, Uint8Array.of(1, 2, 3));
  await expect(openSafetensors(path)).rejects.toThrow(/at least 8 bytes, found 3 bytes/);
  await expect(openSafetensors(join(directory, 'no.safetensors'))).rejects.toThrow(
    /no\.safetensors: expected a readable safetensors file, found no file/,
  );
  await expect(openSafetensors(directory)).rejects.toThrow(/found no regular file/);
});

test('a file that is cut after it was opened', async () => {
  await writeRawFile(path, { header: two, data: new Uint8Array(12) });
  await using file = await openSafetensors(path);
  await truncate(path, (await readFile(path)).length - 2);
  await expect(file.read('b')).rejects.toThrow(/tensor b: .*found the end of the file after 2/);
});
