import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { writeEventFiles } from '../../src/import/event-files.js';
import { importArgumentsFrom, importText } from '../../src/import/run-import.js';
import { stageHere } from '../../src/import/stages-here.js';

test('as many events as asked for are imported, and pairs built of their users', async () => {
  const folder = await temporaryFolder();
  const manifestPath = await writeEventFiles(folder, { events: 3000, pairReferences: 20 });
  const dataset = join(folder, 'dataset');
  const imported = await stageHere({ stage: 'import', manifestPath, dataset, threads: 1 });
  expect(imported.items).toBe(3000);
  expect(imported.peakMB).toBeGreaterThan(20);
  const pairs = await stageHere({ stage: 'pairs', dataset, threads: 1 });
  expect(pairs.items).toBe(160);
});

test('arguments and text', () => {
  expect(importArgumentsFrom(['--events', '10000000', '--folder', 'x'])).toEqual({
    events: 10_000_000,
    pairs: 100_000,
    threads: 2,
    folder: 'x',
    isJson: false,
  });
  expect(() => importArgumentsFrom(['--events', 'many'])).toThrow(/--events/);
  expect(() => importArgumentsFrom(['here'])).toThrow(/options alone, found here/);
  const stage = { items: 1000, seconds: 2, cpuSeconds: 3, peakMB: 99.6 };
  expect(importText({ import: stage, pairs: stage })).toBe(
    'import  1000 events in 2.0 s (3.0 s of processor), 500 a second, at most 100 MB\n' +
      'pairs   1000 pairs in 2.0 s (3.0 s of processor), 500 a second, at most 100 MB',
  );
});
