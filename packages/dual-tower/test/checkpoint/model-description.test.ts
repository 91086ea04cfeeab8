import { join } from 'node:path';

import { digestOf } from '@q-anchor/core';
import {
  defaultMaxQueryTokens,
  loadModel,
  saveModel,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { asking } from '../support/asking.js';
import { rewriteJson } from '../support/rewrite-json.js';
import { tinyModel } from './tiny-model.js';

const model = tinyModel();
let root: string;

beforeAll(async () => {
  root = await temporaryFolder();
});

const saved = async (name: string, config: DualTowerConfig): Promise<string> => {
  const directory = join(root, name);
  await saveModel(directory, { ...model, config });
  return directory;
};

/** The configuration of a directory that is written back to a former version, which says nothing of `keys`. */
async function formerly(
  directory: string,
  { version, keys }: { readonly version: number; readonly keys: readonly string[] },
): Promise<DualTowerConfig> {
  await rewriteJson(join(directory, 'q-anchor.json'), (content) => {
    for (const key of [...keys, 'digest']) delete content[key];
    content['formatVersion'] = version;
    content['digest'] = digestOf(content);
  });
  return (await loadModel(directory)).config;
}

describe('the description of a model', () => {
  test('says how long a query may be; one of format version 1 does not', async () => {
    const { maxQueryTokens: _, ...config } = model.config;
    const directory = await saved('silent', config);
    expect((await loadModel(directory)).config.maxQueryTokens).toBe(defaultMaxQueryTokens);
    expect(await formerly(directory, { version: 1, keys: ['maxQueryTokens'] })).toEqual(config);
  });

  test('says what an embedding is; one of format version 2 gives what the head does', async () => {
    const directory = await saved('hidden', { ...model.config, embedding: 'hidden' });
    const loaded = await loadModel(directory);
    expect(loaded.config).toEqual({ ...model.config, embedding: 'hidden' });
    expect(loaded.digest).not.toBe((await loadModel(await saved('head', model.config))).digest);
    expect(await formerly(directory, { version: 2, keys: ['embedding'] })).toEqual(model.config);
  });

  test('says how questions join their tokens and how values started; of format version 3 neither', async () => {
    const config: DualTowerConfig = { ...asking(model).config, start: 'matching' };
    const directory = await saved('asked', config);
    expect((await loadModel(directory)).config).toEqual(config);
    const keys = ['questionMean', 'start'];
    expect(await formerly(directory, { version: 3, keys })).toEqual(model.config);
    const other = { ...config, questionMean: { weight: 4, userEmbeddingId: 7 } };
    await expect(saved('other', other)).rejects.toThrow(
      /user_emb.* with the id 7, which questions join/u,
    );
  });
});
