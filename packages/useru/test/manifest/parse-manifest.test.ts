import { InputError } from '@q-anchor/core';
import { parseManifest } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

import { shopManifest, type ShopManifest } from '../shop.js';

const parsed = (change: (manifest: ShopManifest) => void = () => {}) => {
  const manifest = shopManifest();
  change(manifest);
  return parseManifest(JSON.stringify(manifest), 'shop.yaml');
};

describe('parseManifest', () => {
  it('reads YAML and fills in what may be left out', () => {
    const manifest = parseManifest(
      `
name: shop
sources:
  visits: visits.csv # a path alone
  loans: { path: loan.asc, options: { delim: ';', types: { date: VARCHAR } } }
references: { sql: select 1 }
modalities:
  bill: { maxEvents: 5, sql: select 2 }
`,
      'shop.yaml',
    );
    expect(manifest).toEqual({
      name: 'shop',
      windowDays: 90,
      sources: {
        visits: { path: 'visits.csv', options: {} },
        loans: { path: 'loan.asc', options: { delim: ';', types: { date: 'VARCHAR' } } },
      },
      tables: {},
      references: { sql: 'select 1' },
      modalities: { bill: { maxEvents: 5, maxTokens: 50, private: false, sql: 'select 2' } },
      scenarios: {},
    });
  });

  it.each<[string, (manifest: ShopManifest) => void, RegExp]>([
    [
      'an unknown key',
      (m) => Object.assign(m.modalities['bill']!, { maxEvent: 3 }),
      /^shop\.yaml: modalities\.bill\.maxEvent: expected a known key/u,
    ],
    [
      'a missing section',
      (m) => Reflect.deleteProperty(m, 'references'),
      /^shop\.yaml: references: expected object, found nothing/u,
    ],
    [
      'a number out of range',
      (m) => Object.assign(m.modalities['bill']!, { maxEvents: 0 }),
      /^shop\.yaml: modalities\.bill\.maxEvents: expected .*1, found 0/u,
    ],
    [
      'a window of no days',
      (m) => Object.assign(m, { windowDays: -1 }),
      /^shop\.yaml: windowDays: expected .*, found -1/u,
    ],
    [
      'empty SQL',
      (m) => Object.assign(m.references, { sql: '  ' }),
      /^shop\.yaml: references\.sql: expected a query/u,
    ],
    [
      'a name that is no file name',
      (m) => Object.assign(m.scenarios, { '../up': m.scenarios['returns'] }),
      /^shop\.yaml: scenarios\.\.\.\/up: expected a name of letters.*found "\.\.\/up"/u,
    ],
    [
      'a modality named as the features are',
      (m) => Object.assign(m.modalities, { tabular: m.modalities['bill'] }),
      /^shop\.yaml: modalities\.tabular: expected a name other than "tabular"/u,
    ],
    [
      'an unknown format',
      (m) => Object.assign(m.sources, { bought: { path: 'x', format: 'xls' } }),
      /^shop\.yaml: sources\.bought: expected a path, \{ path, .* or \{ postgres, query \}/u,
    ],
    [
      'a source of another shape, without its password,',
      (m) =>
        Object.assign(m.sources, {
          bought: ['postgres://reader:hunter2@host/shop?password=hunter3&x=1'],
        }),
      /^shop\.yaml: sources\.bought: expected a path, .* found \["postgres:\/\/reader:\*\*\*@host\/shop\?password=\*\*\*&x=1"\]$/u,
    ],
    [
      'a source that takes the name of a view',
      (m) => Object.assign(m.sources, { events_bill: 'x.csv' }),
      /^shop\.yaml: sources\.events_bill: expected a name of its own/u,
    ],
    [
      'a table that takes the name of a source, in other case',
      (m) => Object.assign(m, { tables: { Bought: { sql: 'select 1' } } }),
      /^shop\.yaml: tables\.Bought: expected a name of its own, found the name of sources\.bought/u,
    ],
    [
      'no modality',
      (m) => Object.assign(m, { modalities: {} }),
      /^shop\.yaml: modalities: expected at least one modality/u,
    ],
  ])('refuses %s by its key', (_, change, message) => {
    expect(() => parsed(change)).toThrow(message);
  });

  it('refuses what is no YAML', () => {
    expect(() => parseManifest('name: [shop', 'shop.yaml')).toThrow(InputError);
    expect(() => parseManifest('', 'shop.yaml')).toThrow(/^shop\.yaml: expected object/u);
  });
});
