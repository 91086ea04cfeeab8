import { InputError, QAnchorError } from '@q-anchor/core';

import { connectionError, statusError, type Hub } from './hub.js';

/** A file of a model on the hub. */
export interface HubFile {
  /** Path in the repository. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
  /** SHA-256 of the content; of files in large-file storage. */
  readonly sha256?: string;
  /** SHA-1 as git names a blob; of all other files. */
  readonly gitSha1?: string;
}

const required = ['config.json', 'tokenizer.json'];
const optional = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'generation_config.json',
  'chat_template.jinja',
  '1_Pooling/config.json',
];
const single = 'model.safetensors';
const shard = /^model-\d+-of-\d+\.safetensors$/;

/**
 * The files of a model that are worth fetching: configuration, tokenizer, safetensors. Pickles and
 * code are left where they are.
 *
 * @param hub - where the model is
 * @param directory - where files are to go, for messages
 * @throws {@link @q-anchor/core#InputError} if there is no such model, it may not be read, or it lacks
 * a file that is needed
 * @throws {@link @q-anchor/core#UnavailableError} if the hub cannot be reached
 */
export async function modelFiles(hub: Hub, directory: string): Promise<readonly HubFile[]> {
  const files = await allFiles(hub, directory);
  const find = (path: string): HubFile | undefined => files.find((file) => file.path === path);
  const where = `${hub.endpoint}: ${hub.name}, revision ${hub.revision}`;
  const missing = required.filter((path) => !find(path));
  if (missing.length > 0) {
    throw new InputError({
      where,
      expected: `a model with ${required.join(' and ')}`,
      found: `no ${missing.join(', no ')}`,
    });
  }
  const shards = files.filter(({ path }) => shard.test(path));
  const index = find(`${single}.index.json`);
  const weights = find(single) ?? (index && shards.length > 0 ? [index, ...shards] : undefined);
  if (!weights) {
    const pickles = files.filter(({ path }) => /\.(?:bin|pt|pth|ckpt)$/.test(path));
    throw new InputError({
      where,
      expected: `weights in ${single}, or shards with ${single}.index.json`,
      found:
        pickles.length === 0 ? 'no weights' : `only ${pickles.map(({ path }) => path).join(', ')}`,
      fix: 'Pickled weights can run code and are not fetched: look for a revision with safetensors',
    });
  }
  const settings = [...required, ...optional].map(find).filter((file) => file !== undefined);
  return [...settings, ...[weights].flat()];
}

async function allFiles(hub: Hub, directory: string): Promise<readonly HubFile[]> {
  // The library is loaded by those alone who pull.
  const { HubApiError, listFiles } = await import('@huggingface/hub');
  const files: HubFile[] = [];
  try {
    for await (const entry of listFiles({
      repo: { type: 'model', name: hub.name },
      recursive: true,
      revision: hub.revision,
      hubUrl: hub.endpoint,
      fetch: hub.fetch,
    })) {
      if (entry.type !== 'file') continue;
      const { path, size, lfs, oid } = entry;
      files.push({
        path,
        bytes: lfs?.size ?? size,
        ...(lfs ? { sha256: lfs.oid } : oid !== undefined && { gitSha1: oid }),
      });
    }
  } catch (error) {
    if (QAnchorError.isInstance(error) || isAbort(error)) throw error;
    if (error instanceof HubApiError) throw statusError(error.statusCode, { hub, what: hub.name });
    throw connectionError(error, { hub, what: `the list of files of ${hub.name}`, directory });
  }
  return files;
}

/** Whether somebody asked to stop. */
export const isAbort = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AbortError';
