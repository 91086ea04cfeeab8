import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { importManifest, parseManifest, type DatasetInfo } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

const recipe = (name: string): string =>
  join(import.meta.dirname, '../../../../recipes', `${name}.yaml`);

describe('recipes', () => {
  it.each(['oulad', 'berka'])('%s is a manifest', async (name) => {
    const manifest = parseManifest(await readFile(recipe(name), 'utf8'), name);
    expect(manifest.name).toBe(name);
  });
});

/** The folder that holds the real files, as `oulad/` and `berka/`; they are not part of the project. */
const data = process.env['Q_ANCHOR_DATA'];

describe.skipIf(data === undefined)('recipes on the real files', () => {
  const imported = async (name: string): Promise<DatasetInfo> => {
    const root = await temporaryFolder();
    return await importManifest({
      manifestPath: recipe(name),
      dataDir: join(data ?? '', name),
      outputDir: join(root, name),
    });
  };
  /** `[users, positives]` of train with validation, and of test. */
  const labelsOf = ({ counts }: DatasetInfo, scenario: string): readonly (readonly number[])[] => {
    const { train, validation, test } = counts.labels[scenario]!;
    return [
      [train!.users + validation!.users, train!.positives + validation!.positives],
      [test!.users, test!.positives],
    ];
  };

  it('OULAD has the published tasks', { timeout: 300_000 }, async () => {
    const info = await imported('oulad');
    expect(labelsOf(info, 'fail')).toEqual([
      [14_985, 5062],
      [7431, 1975],
    ]);
    expect(labelsOf(info, 'inactive')).toEqual([
      [18_252, 2212],
      [9198, 986],
    ]);
    expect(labelsOf(info, 'distinction')).toEqual([
      [18_252, 1859],
      [9198, 1164],
    ]);
    expect(info.counts.references.test).toBe(9198);
    const share = info.counts.labels['inactive']!.validation!.users / 18_252;
    expect(share).toBeGreaterThan(0.14);
    expect(share).toBeLessThan(0.16);
  });

  it('Berka has the published task', { timeout: 60_000 }, async () => {
    const info = await imported('berka');
    expect(info.counts.events['bill']?.rows).toBe(54_694);
    expect(labelsOf(info, 'default')).toEqual([
      [328, 46],
      [354, 30],
    ]);
  });
});
