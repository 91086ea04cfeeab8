import { spawnSync } from 'node:child_process';
import type * as Files from 'node:fs/promises';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { importManifest, type Resumption } from '@q-anchor/useru';
import { expect, it, vi } from 'vitest';

import { filesOf } from '../support/files-of.js';
import { openShop } from '../shop.js';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof Files>();
  return { ...actual, rm: vi.fn<typeof Files.rm>(actual.rm) };
});

it('a kill while the scratch folder is removed leaves nothing to go on with', async () => {
  const { rm: actualRm } = await vi.importActual<typeof Files>('node:fs/promises');
  const shop = await openShop();
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const left = join(dirname(shop.outputDir), `.killed.${dead}.0a.partial`);
  vi.mocked(rm).mockImplementation(async (path, options) => {
    if (String(path).endsWith('.scratch')) {
      await cp(dirname(String(path)), left, { recursive: true });
      // The first file that went.
      await actualRm(join(left, '.scratch', 'import.duckdb'));
    }
    await actualRm(path, options);
  });
  await importManifest(shop);
  const told: Resumption[] = [];
  const outputDir = join(dirname(shop.outputDir), 'killed');
  await importManifest({ ...shop, outputDir, onResume: (resumption) => told.push(resumption) });
  expect(told).toEqual([]);
  expect(await filesOf(outputDir)).toEqual(await filesOf(shop.outputDir));
});
