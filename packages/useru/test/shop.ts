import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { temporaryFolder } from '../../core/test/support/temporary-folder.js';

/** A manifest as plain data; written as JSON, which is YAML. */
export interface ShopManifest {
  name: string;
  windowDays?: number;
  sources: Record<string, unknown>;
  tables?: Record<string, unknown>;
  references: { sql: string };
  modalities: Record<string, Record<string, unknown>>;
  tabular?: { sql: string };
  actions?: { sql: string };
  scenarios: Record<string, Record<string, unknown>>;
}

/** Six customers with a reference point, of whom f did nothing, and one (g) without. */
export const shopFiles = (): Record<string, string> => ({
  'bought.csv': [
    'customer,day,what,price,kind',
    'a,1,bread,2.5,food',
    'a,3,lamp,40,home',
    'a,3,bulb,4,home',
    'b,9.5,bread,2.5,food',
    'c,2,tea,3,food',
    'd,4,,1,food',
    'd,5,chair,60,',
    'e,6,tea,,food',
    'g,6,tea,3,food',
    '',
  ].join('\n'),
  'customers.csv': 'customer,city,age\na,Ghent,30\nb,Lyon,\nc,,51\ng,Oslo,20\n',
  'points.csv': [
    'customer,day,split,returned',
    'a,10,train,1',
    'b,10,train,0',
    'c,10,validation,1',
    'd,10,validation,0',
    'e,10,test,1',
    'f,10,test,0',
    '',
  ].join('\n'),
});

export const shopManifest = (): ShopManifest => ({
  name: 'shop',
  sources: { bought: 'bought.csv', customers: 'customers.csv', points: 'points.csv' },
  references: { sql: 'select customer as user_id, day as reference_time, split from points' },
  modalities: {
    bill: {
      maxEvents: 10,
      sql: 'select customer as user_id, day as time, what as text, price as value, kind as category from bought',
    },
  },
  tabular: { sql: 'select customer as user_id, city, age from customers' },
  scenarios: {
    returns: {
      domain: 'engagement',
      query: 'Will this customer return?',
      sql: 'select customer as user_id, day as reference_time, returned as label from points',
    },
  },
});

/** A folder of its own with the shop's files in it. */
export interface Shop {
  readonly root: string;
  readonly manifestPath: string;
  readonly outputDir: string;
}

/** Writes a manifest and its files into a temporary folder. */
export async function openShop(
  manifest: ShopManifest = shopManifest(),
  files: Readonly<Record<string, string | Uint8Array>> = shopFiles(),
): Promise<Shop> {
  const root = await temporaryFolder();
  const manifestPath = join(root, 'in', 'shop.yaml');
  await mkdir(join(root, 'out'));
  for (const [name, content] of Object.entries({
    ...files,
    'shop.yaml': JSON.stringify(manifest),
  })) {
    const path = join(root, 'in', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return {
    root,
    manifestPath,
    outputDir: join(root, 'out', 'dataset'),
  };
}
