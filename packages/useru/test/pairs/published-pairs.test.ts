import type * as Files from 'node:fs/promises';
import { rename } from 'node:fs/promises';
import { basename } from 'node:path';

import { pathExists } from '@q-anchor/core';
import { buildPairs } from '@q-anchor/useru';
import { afterEach, expect, it, vi } from 'vitest';

import { importVisits, readPairs } from './support/visits.js';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof Files>();
  return { ...actual, rename: vi.fn<typeof Files.rename>(actual.rename) };
});
const { rename: actualRename } = await vi.importActual<typeof Files>('node:fs/promises');
afterEach(() => vi.mocked(rename).mockImplementation(actualRename));

const options = { seed: 5, referencesPerShard: 10 };

it('former pairs outlive a kill while new ones take their place', async () => {
  await using dataset = await importVisits('publish');
  await buildPairs({ dataset, ...options });
  const former = await readPairs(dataset);
  vi.mocked(rename).mockImplementation(async (from, to) => {
    if (basename(String(to)) === 'pairs') throw new Error('killed');
    await actualRename(from, to);
  });
  const replacing = { dataset, ...options, seed: 6 };
  await expect(buildPairs(replacing)).rejects.toThrow('killed');
  expect(await dataset.pairShards()).toEqual([]);
  vi.mocked(rename).mockImplementation(actualRename);
  const abort = new AbortController();
  const stopped = buildPairs({
    ...replacing,
    signal: abort.signal,
    onResume: () => abort.abort(new Error('by hand')),
  });
  await expect(stopped).rejects.toThrow('by hand');
  expect(await readPairs(dataset)).toEqual(former);
  await buildPairs(replacing);
  expect(await readPairs(dataset)).not.toEqual(former);
});

it('a shard is in its place when it is whole', async () => {
  await using dataset = await importVisits('whole-shards');
  const there: boolean[] = [];
  vi.mocked(rename).mockImplementation(async (from, to) => {
    if (String(to).endsWith('.parquet')) {
      there.push(await pathExists(String(to)));
    }
    await actualRename(from, to);
  });
  await buildPairs({ dataset, ...options });
  expect(there).toEqual(Array(2 * 5).fill(false));
});
