import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { readJson, writeJson } from '@q-anchor/core';

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
  return createTokenizer(await readJson(file), { where: file });
}

/**
 * Writes `tokenizer.json` into a directory, whole or not at all.
 *
 * @param tokenizer - what to write
 * @param directory - is made where it is missing
 */
export async function saveTokenizer(tokenizer: Tokenizer, directory: string): Promise<void> {
  await writeJson(join(directory, fileName), tokenizer.toJson());
}
