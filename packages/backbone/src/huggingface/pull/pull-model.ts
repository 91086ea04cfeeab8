import { readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { InputError } from '@q-anchor/core';

import { checksumOf, updateFromDisk } from './checksum.js';
import { downloadFile } from './download-file.js';
import { hubFor } from './hub.js';
import { modelFiles, type HubFile } from './model-files.js';

/** Settings of {@link pullModel}. */
export interface PullOptions {
  /** Where the model goes; the directory appears when all of it is there. */
  readonly directory: string;
  /** Branch, tag or commit; `'main'` by default. */
  readonly revision?: string;
  /** Address of the hub or of a mirror; `https://huggingface.co` by default. */
  readonly endpoint?: string;
  /** Token for private and gated models. */
  readonly token?: string;
  /** Is told how many bytes are there, out of how many, and which file is on its way. */
  readonly onProgress?: (done: number, total: number, file: string) => void;
  /** Stops the download; what is there is kept for the next call. */
  readonly signal?: AbortSignal;
}

/** What {@link pullModel} fetched. */
export interface PulledModel {
  /** Where it is. */
  readonly directory: string;
  /** Paths of its files in that directory. */
  readonly files: readonly string[];
  /** Their size together. */
  readonly bytes: number;
  /** The commit it is of, where the hub says so and anything had to be fetched. */
  readonly commit?: string;
}

/**
 * Fetches a model from the Hugging Face hub: configuration, tokenizer and safetensors, never pickles
 * or code. Every file is checked against the checksum that the hub lists. A download that breaks off
 * is kept in `DIRECTORY.part` and goes on when the same model is pulled again; the directory itself
 * appears whole. A directory that holds the model already is left as it is.
 *
 * @param name - the model, `owner/name`
 * @param options - where to, which revision, where from
 * @throws {@link @q-anchor/core#InputError} if there is no such model, it may not be read, it has no
 * safetensors, a checksum is wrong, or the directory holds something else
 * @throws {@link @q-anchor/core#UnavailableError} if the hub cannot be reached; it says how to place
 * the files by hand
 * @example
 * ```ts
 * await pullModel('Qwen/Qwen2.5-0.5B-Instruct', { directory: 'models/qwen' });
 * await using model = await openModelDirectory('models/qwen');
 * ```
 */
export async function pullModel(name: string, options: PullOptions): Promise<PulledModel> {
  const { revision = 'main', endpoint = 'https://huggingface.co', token, signal } = options;
  const directory = resolve(options.directory);
  const hub = hubFor(name, { endpoint, revision, token, signal });
  signal?.throwIfAborted();
  const files = await modelFiles(hub, directory);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const result = { directory, files: files.map(({ path }) => path), bytes };
  const present = await readdir(directory).catch(() => []);
  if (present.length > 0) {
    await requireSameModel(directory, files);
    return result;
  }

  const working = `${directory}.part`;
  let commit: string | undefined;
  let before = 0;
  for (const file of files) {
    const onBytes = (done: number): void => options.onProgress?.(before + done, bytes, file.path);
    if (!(await isPresent(working, file))) {
      const from = await downloadFile(file, { hub, directory: working, onBytes, signal });
      commit ??= from;
    }
    onBytes(file.bytes);
    before += file.bytes;
  }
  await removeOthers(working, result.files);
  await rm(directory, { recursive: true, force: true });
  await rename(working, directory);
  return { ...result, ...(commit !== undefined && { commit }) };
}

/** Removes what an earlier pull of another revision left behind. */
async function removeOthers(directory: string, files: readonly string[]): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const isListed = files.some((file) => join(directory, file) === path);
    if (entry.isFile() && !isListed) await rm(path);
  }
}

/** Whether a file is there and its checksum right. */
async function isPresent(directory: string, file: HubFile): Promise<boolean> {
  const checksum = checksumOf(file);
  try {
    await updateFromDisk(checksum, join(directory, file.path));
  } catch {
    return false;
  }
  return checksum.difference() === undefined;
}

async function requireSameModel(directory: string, files: readonly HubFile[]): Promise<void> {
  for (const file of files) {
    if (await isPresent(directory, file)) continue;
    throw new InputError({
      where: directory,
      expected: 'nothing, or this very model',
      found: `a directory whose ${file.path} is missing or another one`,
      fix: 'Remove the directory, or pull to another place',
    });
  }
}
