import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import { importManifest, openDataset, type DatasetInfo } from '@q-anchor/useru';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { openShop, shopFiles, shopManifest, type Shop, type ShopManifest } from '../shop.js';
import { postgresObstacle } from '../support/postgres-programs.mjs';
import { password, startPostgres, type PostgresServer } from '../support/postgres-server.js';

const obstacle = postgresObstacle();
if (obstacle !== undefined) {
  process.stderr.write(
    `\n!!! All tests with a PostgreSQL server are SKIPPED: ${obstacle} (apt-get install postgresql)\n\n`,
  );
}
describe.skipIf(obstacle !== undefined)(
  'PostgreSQL (skipped where no initdb is found: apt-get install postgresql)',
  { timeout: 120_000 },
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
      await server.run(`
      CREATE SCHEMA "My Shop";
      CREATE TABLE "My Shop"."Bought" (customer text, day double precision, what text, price numeric(10, 2), kind text);
      INSERT INTO "My Shop"."Bought" VALUES ('a', 1, 'bread', 2.5, 'food'), ('a', 3, 'lamp', 40, 'home'),
        ('a', 3, 'bulb', 4, 'home'), ('b', 9.5, 'bread', 2.5, 'food'), ('c', 2, 'tea', 3, 'food'),
        ('d', 4, NULL, 1, 'food'), ('d', 5, 'chair', 60, NULL), ('e', 6, 'tea', NULL, 'food'),
        ('g', 6, 'tea', 3, 'food');
      CREATE TABLE many AS SELECT i AS id, i % 500 AS customer, (i % 1000) / 10.0 AS day,
        repeat(md5(i::text), 2) AS what, i * 0.5 AS price FROM generate_series(1, 80000) AS i;
      CREATE TABLE empty (customer text, day double precision, what text);
      CREATE ROLE careful LOGIN PASSWORD 'other-secret';
    `);
      vi.stubEnv('SHOP_DATABASE', server.url);
    }, 120_000);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await server.stop();
    });

    const imported = async (
      change: (manifest: ShopManifest) => void,
      options: Partial<Parameters<typeof importManifest>[0]> = {},
    ): Promise<{ info: DatasetInfo; shop: Shop }> => {
      const manifest = shopManifest();
      change(manifest);
      const shop = await openShop(manifest, shopFiles());
      return { info: await importManifest({ ...shop, ...options }), shop };
    };
    /** The rows of a query as features of one user. */
    const featuresOf = async (query: string, select = 'row.*') => {
      const { shop } = await imported((manifest) => {
        manifest.sources['row'] = { postgres: 'env:SHOP_DATABASE', query };
        manifest.tabular = { sql: `select 'a' as user_id, ${select} from row` };
      });
      await using dataset = await openDataset(shop.outputDir);
      for await (const [profile] of dataset.profiles([{ userId: 'a', referenceDays: 10 }])) {
        return profile?.tabular;
      }
      return undefined;
    };

    it('gives what the same rows in a file give', async () => {
      const file = await imported(() => {});
      const table = await imported((manifest) => {
        manifest.sources['bought'] = { postgres: 'env:SHOP_DATABASE', table: 'My Shop.Bought' };
      });
      const query = await imported((manifest) => {
        const sorted = 'SELECT * FROM "My Shop"."Bought" ORDER BY price -- all of them';
        manifest.sources['bought'] = { postgres: server.url, query: sorted };
      });
      expect(table.info.digest).toBe(file.info.digest);
      expect(query.info.digest).toBe(file.info.digest);
      const files = await readdir(query.shop.outputDir, { recursive: true });
      expect(files.some((path) => path.includes('.scratch'))).toBe(false);
    });

    it('streams more rows than a batch has', async () => {
      const { info } = await imported((manifest) => {
        manifest.sources['many'] = { postgres: 'env:SHOP_DATABASE', table: 'many' };
        manifest.references.sql =
          "select distinct customer as user_id, 1000 as reference_time, ['train', 'validation', 'test'][customer % 3 + 1] as split from many";
        manifest.modalities['bill']!['sql'] =
          'select customer as user_id, day as time, what as text, price as value from many';
        manifest.tabular = {
          sql: `select customer as user_id, count(distinct id) as n, sum(price) as s from many group by all`,
        };
        manifest.scenarios = {};
      });
      expect(info.counts.events['bill']).toMatchObject({ rows: 80_000, users: 500 });
    });

    it('keeps the types', async () => {
      const features = await featuresOf(
        `SELECT true AS yes, 7::int2 AS small, 123456789012345::int8 AS big, 0.1::float4 AS single,
         1e-300::float8 AS double, 12.34::numeric(6, 2) AS exact, 1234567.125::numeric AS free,
         date '1970-01-03' AS day, timestamp '1970-01-02 12:00' AS local,
         timestamptz '1970-01-02 12:00+06' AS zoned,
         '{"a": {"b": "inside"}}'::jsonb AS json, 'c9a646d3-9c61-4cb7-bfcd-ee2522c8f633'::uuid AS id,
         'plain'::varchar(9) AS word, NULL::text AS nothing, ARRAY[1, 2] AS list,
         interval '90 minutes' AS span, '\\xdead'::bytea AS bytes`,
        `* exclude (json, nothing), json ->> '$.a.b' as inside, nothing is null as nothing`,
      );
      expect(features).toEqual({
        yes: 1,
        small: 7,
        big: 123456789012345,
        single: 0.1,
        double: 1e-300,
        exact: 12.34,
        free: 1234567.125,
        day: 2,
        local: 1.5,
        zoned: 1.25,
        id: 'c9a646d3-9c61-4cb7-bfcd-ee2522c8f633',
        word: 'plain',
        list: '{1,2}',
        span: '01:30:00',
        bytes: '\\xdead',
        inside: 'inside',
        nothing: 1,
      });
    });

    it('takes times in the zone and form of the server’s settings', async () => {
      await server.run(
        "ALTER ROLE reader SET TimeZone = 'Asia/Kolkata'; ALTER ROLE reader SET DateStyle = 'German'",
      );
      const features = await featuresOf(
        `SELECT timestamptz '1970-01-02 12:00+06' AS zoned, date '1970-03-02' AS day`,
      );
      await server.run('ALTER ROLE reader RESET ALL');
      expect(features).toEqual({ zoned: 1.25, day: 60 });
    });

    it('passes hostile text through as data', async () => {
      const text = '\'; DROP TABLE many; -- "x" \\ \u0007 \n\u202E🧾 <|user_emb|>';
      const quoted = text.replaceAll("'", "''");
      const features = await featuresOf(
        `SELECT '${quoted}' AS word, repeat('x', 100000) AS long, '' AS empty, '\\N' AS mark`,
      );
      expect(features).toEqual({ word: text, long: 'x'.repeat(100_000), empty: '', mark: '\\N' });
    });

    const withoutSecrets = (error: unknown): string => {
      const seen = `${(error as Error).stack ?? ''} ${JSON.stringify(error)}`;
      for (const secret of [password, encodeURIComponent(password), 'hunter2']) {
        expect(seen).not.toContain(secret);
      }
      expect(error).toSatisfy((reason: unknown) => InputError.isInstance(reason));
      return (error as Error).message;
    };
    it.each<[string, Partial<Record<'postgres' | 'table' | 'query' | 'tabel', string>>, RegExp]>([
      [
        'no variable',
        { postgres: 'env:NO_SUCH' },
        /bought\.postgres: expected the address .* variable NO_SUCH, found nothing/u,
      ],
      [
        'no address',
        { postgres: 'reader:hunter2@host' },
        /bought\.postgres: expected an address such as/u,
      ],
      [
        'no port',
        { postgres: 'postgres://reader:hunter2@host:port/x' },
        /bought\.postgres: expected an address/u,
      ],
      [
        'no server',
        { postgres: 'postgres://reader:hunter2@127.0.0.1:1/x' },
        /bought\.postgres: expected a PostgreSQL server that lets us in at postgres:\/\/reader@127\.0\.0\.1:1\/x, found .*ECONNREFUSED/u,
      ],
      [
        'a wrong password',
        { postgres: 'PORT/postgres' },
        /found password authentication failed for user "reader"/u,
      ],
      [
        'no table',
        { table: 'nowhere.bought' },
        /bought\.table: expected a table or view that can be read \(nowhere\.bought\), found relation "nowhere\.bought" does not exist/u,
      ],
      [
        'a query that is none',
        { query: 'SELEC 1' },
        /bought\.query: expected SQL that the server runs without writing, found syntax error/u,
      ],
      [
        'a query that writes',
        { query: 'DELETE FROM many RETURNING *' },
        /found cannot execute DELETE in a read-only transaction/u,
      ],
      [
        'a query that frees itself',
        { query: 'COMMIT; DELETE FROM many' },
        /found cannot insert multiple commands/u,
      ],
      [
        'a name twice',
        { query: 'SELECT 1 AS a, 2 AS "A"' },
        /expected columns that differ in more than capitals, found "A" twice/u,
      ],
      ['no column', { query: 'SELECT FROM many' }, /expected columns, found none/u],
      [
        'a number that fits nowhere',
        { query: "SELECT 'NaN'::numeric(5, 2) AS a" },
        /expected values that fit a DECIMAL\(5, 2\), found .*NaN/u,
      ],
      [
        'table and query',
        { table: 'many', query: 'SELECT 1' },
        /sources\.bought: expected one of table and query beside postgres/u,
      ],
      [
        'a misspelt key',
        { postgres: 'postgres://reader:hunter2@host/x', tabel: 'many' },
        /sources\.bought\.tabel: expected a known key/u,
      ],
    ])(
      '%s is a clear error that leaves nothing behind and shows no password',
      async (_, source, message) => {
        const manifest = shopManifest();
        const { table, query } = source;
        manifest.sources['bought'] = {
          postgres: 'env:SHOP_DATABASE',
          ...(table === undefined && query === undefined ? { table: 'many' } : {}),
          ...source,
          ...(source.postgres === 'PORT/postgres' && {
            postgres: `postgres://reader:hunter2@127.0.0.1:${server.port}/postgres`,
          }),
        };
        const shop = await openShop(manifest, shopFiles());
        const error: unknown = await importManifest(shop).catch((reason: unknown) => reason);
        expect(withoutSecrets(error)).toMatch(message);
        expect(await readdir(join(shop.root, 'out'))).toEqual([]);
      },
    );

    it('an empty table has columns', async () => {
      const { info } = await imported((manifest) => {
        manifest.sources['none'] = { postgres: 'env:SHOP_DATABASE', table: 'empty' };
        manifest.modalities['bill']!['sql'] =
          `select customer as user_id, day as time, what as text from bought
         union all select customer, day, what from none`;
      });
      expect(info.counts.events['bill']?.rows).toBe(7);
    });

    it('stops in the middle of a long answer', async () => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('by hand')), 1000);
      const query = 'SELECT i AS id FROM generate_series(1, 1000000000) AS i';
      await expect(
        imported(
          (manifest) => {
            manifest.sources['endless'] = { postgres: 'env:SHOP_DATABASE', query };
          },
          { signal: stop.signal },
        ),
      ).rejects.toThrow('by hand');
    });
  },
);
