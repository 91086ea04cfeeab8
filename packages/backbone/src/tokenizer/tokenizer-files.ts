import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, writeFileAtomic } from '@q-anchor/core';

import { createTokenizer, type Tokenizer } from './create-tokenizer.js';

const fileName = 'tokenizer.json';

/**
 * Reads a `tokenizer.json` in Hugging Face's format.
 *
 * @param path - the file, or a directory that holds it
 * @throws {@link @q-anchor/core#InputError} if the file is missing, is not JSON, or is neither a
 * byte-level BPE nor a WordPiece tokenizer
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isDirectory ? join(path, fileName) : path;
  return createTokenizer(parse(await read(file), file), { where: file });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError(
      {
        where: file,
        expected: 'a readable tokenizer.json',
        found: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no file' : String(error),
      },
      { cause: error },
    );
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      { where: file, expected: 'JSON', found: (error as SyntaxError).message },
      { cause: error },
    );
  }
}

/**
 * Writes `tokenizer.json` into a directory, whole or not at all.
 *
 * @param tokenizer - what to write
 * @param directory - is made where it is missing
 */
export async function saveTokenizer(tokenizer: Tokenizer, directory: string): Promise<void> {
  await writeFileAtomic(
    join(directory, fileName),
    `${JSON.stringify(tokenizer.toJson(), null, 2)}\n`,
  );
}
