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

  it('a query is one question or a list of them, without blanks around', () => {
    const queriesOf = (query: unknown) =>
      parsed((m) => Object.assign(m.scenarios['returns']!, { query })).scenarios['returns'];
    const { domain, sql } = shopManifest().scenarios['returns']!;
    expect(queriesOf(' Why? ')).toEqual({ domain, sql, queries: ['Why?'] });
    expect(queriesOf(['Why?'])).toEqual({ domain, sql, queries: ['Why?'] });
    expect(queriesOf(['Why?', ' When? ', 'Who?'])).toEqual({
      domain,
      sql,
      queries: ['Why?', 'When?', 'Who?'],
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['an empty question', ' ', /query: expected a question, found " "$/u],
    ['no question', undefined, /query: expected a question, or a list of .*, found nothing$/u],
    ['a number', 5, /query: expected a question, or a list of different questions, found 5$/u],
    ['a list of none', [], /query: expected at least one question, found \[\]$/u],
    ['an empty one in a list', ['Why?', ''], /query\.1: expected a question, found ""$/u],
    [
      'a number in a list',
      ['Why?', 7],
      /query: expected a question, or a list .*, found \["Why\?",7\]$/u,
    ],
    [
      'one that comes twice',
      ['Why?', 'When?', 'Why? '],
      /query\.2: expected a question that the list does not have yet, found "Why\? "$/u,
    ],
  ])('refuses %s for a query', (_, query, message) => {
    const change = (m: ShopManifest) => Object.assign(m.scenarios['returns']!, { query });
    expect(() => parsed(change)).toThrow(/^shop\.yaml: scenarios\.returns\.query/u);
    expect(() => parsed(change)).toThrow(message);
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
