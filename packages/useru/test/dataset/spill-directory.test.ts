import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openEmbeddingWriter } from '@q-anchor/useru';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

let root = '';
beforeEach(async () => {
  root = await temporaryFolder();
  vi.stubEnv('TMPDIR', root);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const openWriter = () => openEmbeddingWriter(join(root, 'out', 'e.parquet'), { dimensions: 2 });

it('leaves no folder behind, and removes those of processes that were killed', async () => {
  const writer = await openWriter();
  const [own = ''] = await readdir(root);
  expect(own).toMatch(new RegExp(`^q-anchor-spill-[0-9a-f]{8}-${process.pid}-[0-9a-f]{12}$`, 'u'));
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const named = (processId: number): string => own.replace(`-${process.pid}-`, `-${processId}-`);
  const others = [
    named(process.ppid), // still there
    own.replace(/spill-[0-9a-f]{8}/u, 'spill-00000000').replace(`-${process.pid}-`, `-${ended}-`), // of another machine
    `${own}-x`.replace('q-anchor', 'somebody'),
  ];
  for (const name of [named(ended), ...others]) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'duckdb_temp_storage-0.tmp'), 'left');
  }
  const next = await openWriter();
  expect((await readdir(root)).length).toBe(2 + others.length);
  expect(await readdir(root)).toEqual(expect.arrayContaining([own, ...others]));
  await writer[Symbol.asyncDispose]();
  await next[Symbol.asyncDispose]();
  expect((await readdir(root)).toSorted()).toEqual(others.toSorted());
});
