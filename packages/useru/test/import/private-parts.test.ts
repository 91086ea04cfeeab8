import { importManifest } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

import { openShop, shopManifest } from '../shop.js';

const importShop = async (change: (manifest: ReturnType<typeof shopManifest>) => void) => {
  const manifest = shopManifest();
  change(manifest);
  const shop = await openShop(manifest);
  return await importManifest({ manifestPath: shop.manifestPath, outputDir: shop.outputDir });
};

describe('marks of privacy', () => {
  it('are kept with the dataset, and nothing where there are none', async () => {
    const marked = await importShop((manifest) => {
      Object.assign(manifest.modalities['bill']!, { private: true });
      Object.assign(manifest.tabular!, { private: ['age'] });
    });
    expect(marked.private).toEqual({ modalities: ['bill'], columns: ['age'] });
    const all = await importShop((manifest) => Object.assign(manifest.tabular!, { private: true }));
    expect(all.private).toEqual({ modalities: [], columns: ['city', 'age'] });
    expect(await importShop(() => {})).not.toHaveProperty('private');
  });

  it('must name columns that exist', async () => {
    await expect(
      importShop((manifest) => Object.assign(manifest.tabular!, { private: ['salary'] })),
    ).rejects.toThrow(/tabular\.private: expected columns of the query \(city, age\)/u);
  });
});
