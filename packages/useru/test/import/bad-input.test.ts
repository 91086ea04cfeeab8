import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import { importManifest } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

import { openShop, shopFiles, shopManifest, type ShopManifest } from '../shop.js';

type Change = (manifest: ShopManifest, files: Record<string, string | Uint8Array>) => void;

/** Changes the SQL of a section. */
const sql =
  (section: 'references' | 'bill' | 'tabular' | 'actions' | 'returns', text: string): Change =>
  (manifest) => {
    if (section === 'bill') manifest.modalities['bill']!['sql'] = text;
    else if (section === 'returns') manifest.scenarios['returns']!['sql'] = text;
    else manifest[section] = { sql: text };
  };

/** Changes a text in a file. */
const inFile =
  (name: string, from: string | RegExp, to: string): Change =>
  (_, files) => {
    const before = String(files[name]);
    files[name] = before.replace(from, to);
    expect(files[name]).not.toBe(before);
  };

describe('bad input', () => {
  it.each<[string, Change, RegExp]>([
    [
      'a missing file',
      (m) => Object.assign(m.sources, { bought: 'nowhere/*.csv' }),
      /sources\.bought: expected a file, found nothing at .*nowhere\/\*\.csv/u,
    ],
    [
      'an ending that tells no format',
      (m, files) => {
        m.sources['bought'] = 'bought.xls';
        files['bought.xls'] = '';
      },
      /sources\.bought: expected files whose ending tells one format .*, found "bought\.xls"/u,
    ],
    [
      'a folder of several formats',
      (m, files) => {
        m.sources['bought'] = 'mixed';
        Object.assign(files, { 'mixed/a.csv': 'a\n1\n', 'mixed/b.json': '{}' });
      },
      /sources\.bought: .* found csv and json under "mixed"\. Give the format/u,
    ],
    [
      'an empty folder',
      (m, files) => {
        m.sources['bought'] = 'none';
        files['none/README.md'] = '';
      },
      /sources\.bought: expected a file, found nothing at .*none/u,
    ],
    [
      'a lone surrogate in JSON lines',
      (m, files) => {
        m.sources['bought'] = 'bought.jsonl';
        files['bought.jsonl'] =
          '{"customer":"a","day":1,"what":"x","price":1,"kind":"k"}\n{"what":"half \\ud83d"}\n';
      },
      /sources\.bought: expected json that can be read, found .*bought\.jsonl.*surrogate/u,
    ],
    [
      'text that is not UTF-8',
      (_, files) => {
        files['bought.csv'] = Buffer.from(
          'customer,day,what,price,kind\na,1,caf\xe9,1,k\n',
          'latin1',
        );
      },
      /sources\.bought: expected csv that can be read, found .*not utf-8/su,
    ],
    [
      'an address',
      (m) => Object.assign(m.sources, { bought: 'https://example.org/bought.csv' }),
      /sources\.bought: expected a path on this machine/u,
    ],
    [
      'an option the reader does not know',
      (m) => Object.assign(m.sources, { bought: { path: 'bought.csv', options: { delimm: ';' } } }),
      /sources\.bought: expected csv that can be read, found .*delimm/u,
    ],
    [
      'a column that is not in the source',
      sql('bill', 'select nobody as user_id, day as time, what as text from bought'),
      /modalities\.bill\.sql \(select nobody as user_id, day.*\): expected SQL that runs, found .*nobody/u,
    ],
    [
      'SQL that is none',
      sql('returns', 'selec 1'),
      /scenarios\.returns\.sql \(selec 1\): expected SQL that runs/u,
    ],
    [
      'bad SQL of a table',
      (m) => Object.assign(m, { tables: { one: { sql: 'select * from two' } } }),
      /tables\.one\.sql \(select \* from two\): expected SQL that runs, found .*two/u,
    ],
    [
      'a column that the SQL does not give',
      sql('bill', 'select customer as user_id, day as time, what as name from bought'),
      /modalities\.bill\.sql \(.*\): expected columns user_id, time, text, found user_id, time, name \(no text\)/u,
    ],
    [
      'a time that is none',
      inFile('bought.csv', 'c,2,', 'c,tomorrow,'),
      /modalities\.bill\.sql \(.*\): expected time as a number of days.*found row 5: .*"time":"tomorrow"/u,
    ],
    [
      'a time that is a number as text',
      sql('bill', "select 'a' as user_id, '930705' as time, 'x' as text"),
      /modalities\.bill\.sql .*expected time as .*, not a number as text, found row 1: .*930705.*\. Cast it/u,
    ],
    [
      'a time that is missing',
      inFile('bought.csv', 'c,2,', 'c,,'),
      /modalities\.bill\.sql \(.*\): expected time as.*found row 5: \{"user_id":"c","time":null/u,
    ],
    [
      'a time without end',
      sql('bill', "select 'a' as user_id, 'infinity'::date as time, 'x' as text"),
      /modalities\.bill\.sql .*expected time as.*found row 1/u,
    ],
    [
      'a time of a type that is none',
      sql('bill', "select 'a' as user_id, [1] as time, 'x' as text"),
      /modalities\.bill\.sql .*expected time as a number of days.*found type INTEGER\[\]/u,
    ],
    [
      'an event of nobody',
      inFile('bought.csv', 'c,2,', ',2,'),
      /modalities\.bill\.sql \(.*\): expected a user_id in every row, found row 5/u,
    ],
    [
      'a value that is no number',
      inFile('bought.csv', 'c,2,tea,3', 'c,2,tea,much'),
      /modalities\.bill\.sql \(.*\): expected value as a finite number or null, found row 5: .*much/u,
    ],
    [
      'a modality without rows',
      sql(
        'bill',
        "select customer as user_id, day as time, what as text from bought where kind = 'x'",
      ),
      /modalities\.bill\.sql \(.*\): expected at least one event, found no row/u,
    ],
    [
      'a modality of other users',
      sql('bill', "select 'z' || customer as user_id, day as time, what as text from bought"),
      /modalities\.bill\.sql \(.*\): expected at least one event with text of a user that has a reference point, found 9 rows, 1 of them without text/u,
    ],
    [
      'an unknown split',
      inFile('points.csv', 'd,10,validation', 'd,10,dev'),
      /references\.sql \(.*\): expected split as train, validation or test, found row 4: .*"dev"/u,
    ],
    [
      'a reference point given twice',
      inFile('points.csv', 'b,10,', 'a,10,'),
      /references\.sql \(.*\): expected each \(user_id, reference_time\) once, found row 2/u,
    ],
    [
      'no reference point',
      sql(
        'references',
        'select customer as user_id, day as reference_time, split from points limit 0',
      ),
      /references\.sql \(.*\): expected at least one reference point, found no row/u,
    ],
    [
      'an end of observation that is no time',
      sql(
        'references',
        "select customer as user_id, day as reference_time, split, 'late' as observed_until from points",
      ),
      /references\.sql \(.*\): expected observed_until as a number of days/u,
    ],
    [
      'a fold for some users only',
      sql(
        'references',
        "select customer as user_id, day as reference_time, split, case split when 'train' then 'early' end as fold from points",
      ),
      /references\.sql \(.*\): expected a fold for every reference point that is not of the test split, found row 3/u,
    ],
    [
      'a label of 2',
      inFile('points.csv', 'c,10,validation,1', 'c,10,validation,2'),
      /scenarios\.returns\.sql \(.*\): expected label as 0 or 1, found row 3: .*"label":"2"/u,
    ],
    [
      'a missing label',
      inFile('points.csv', 'c,10,validation,1', 'c,10,validation,'),
      /scenarios\.returns\.sql \(.*\): expected label as 0 or 1, found row 3: .*"label":null/u,
    ],
    [
      'a label at no reference point',
      sql(
        'returns',
        'select customer as user_id, day + 1 as reference_time, returned as label from points',
      ),
      /scenarios\.returns\.sql \(.*\): expected labels of reference points only, found row 1/u,
    ],
    [
      'a label given twice',
      sql(
        'returns',
        'select customer as user_id, day as reference_time, returned as label from points, range(2)',
      ),
      /scenarios\.returns\.sql \(.*\): expected each \(user_id, reference_time\) once/u,
    ],
    [
      'no label',
      sql(
        'returns',
        'select customer as user_id, day as reference_time, 1 as label from points limit 0',
      ),
      /scenarios\.returns\.sql \(.*\): expected at least one label, found no row/u,
    ],
    [
      'one class only in a split',
      inFile('points.csv', 'f,10,test,0', 'f,10,test,1'),
      /scenarios\.returns\.sql \(.*\): expected labels of both classes in the split "test", found 2 labels, all of them 1/u,
    ],
    [
      'features given twice',
      sql('tabular', 'select customer as user_id, age from customers, range(2)'),
      /tabular\.sql \(.*\): expected each user_id once, found row/u,
    ],
    [
      'a feature that is not finite',
      sql('tabular', "select customer as user_id, age / 0.0 * 'inf'::double as age from customers"),
      /tabular\.sql \(.*\): expected feature age as a finite number or null, found row 1/u,
    ],
    [
      'a feature that is a list',
      sql('tabular', 'select customer as user_id, [age] as ages from customers'),
      /tabular\.sql \(.*\): expected feature ages as a number, a date or a word, found type BIGINT\[\]/u,
    ],
    [
      'no feature',
      sql('tabular', 'select customer as user_id from customers'),
      /tabular\.sql \(.*\): expected at least one feature/u,
    ],
    [
      'features of other users',
      sql('tabular', "select 'z' as user_id, 1 as age"),
      /tabular\.sql \(.*\): expected features of at least one reference point/u,
    ],
    [
      'no action',
      sql('actions', "select 'a' as user_id, 1 as time, 'x' as category limit 0"),
      /actions\.sql \(.*\): expected at least one action, found no row/u,
    ],
  ])('%s is an error that says where, and leaves nothing behind', async (_, change, message) => {
    const manifest = shopManifest();
    const files: Record<string, string | Uint8Array> = shopFiles();
    change(manifest, files);
    const shop = await openShop(manifest, files);
    const error: unknown = await importManifest(shop).catch((reason: unknown) => reason);
    expect(error).toSatisfy((reason: unknown) => InputError.isInstance(reason));
    expect((error as InputError).message).toMatch(message);
    expect((error as InputError).where).toContain(shop.manifestPath);
    expect(await readdir(join(shop.root, 'out'))).toEqual([]);
  });
});
