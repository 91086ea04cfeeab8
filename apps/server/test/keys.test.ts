import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { writtenModel } from '../../../packages/kv-serving/test/support/written-model.js';
import { readKeyRing } from '../src/auth/key-ring.js';
import { createRateLimiter } from '../src/auth/rate-limiter.js';
import { startServer } from './support/server.js';

const [first, second] = ['key-of-the-first-app', 'key-of-the-second-app'];

describe('a ring of keys', () => {
  test('knows keys of a file, plain or as digests, and of a list', async () => {
    const keysFile = join(await temporaryFolder(), 'keys');
    const hex = createHash('sha256').update(second).digest('hex');
    await writeFile(keysFile, `# comment\n\n  first  ${first}\nsecond sha256:${hex}\n`);
    const ring = await readKeyRing({ keysFile, keys: 'third:third-key-of-16:chars' });
    expect(ring.size).toBe(3);
    expect(ring.nameOf(first)).toBe('first');
    expect(ring.nameOf(second)).toBe('second');
    expect(ring.nameOf('third-key-of-16:chars')).toBe('third');
    for (const wrong of ['', `${first} `, first.slice(1), `sha256:${hex}`, hex]) {
      expect(ring.nameOf(wrong)).toBeUndefined();
    }
    expect((await readKeyRing({})).size).toBe(0);
  });

  test.each([
    ['a short key', `a short-secret`, 'line 1'],
    ['a name twice', `a ${first}\na ${second}`, 'line 2'],
    ['no name', first, 'line 1'],
    ['no key at all', '# nothing', 'expected a key'],
  ])('refuses %s, and does not quote it', async (_, text, where) => {
    const keysFile = join(await temporaryFolder(), 'keys');
    await writeFile(keysFile, text);
    const error = await readKeyRing({ keysFile }).catch((problem: unknown) => problem);
    expect(InputError.isInstance(error)).toBe(true);
    expect(String(error)).toContain(where);
    expect(String(error)).not.toMatch(/secret|key-of/);
  });
});

test('a limit lets a burst through, then so many a second, for each key', () => {
  let now = 0;
  const limiter = createRateLimiter({ perSecond: 2, burst: 3, nowMs: () => now });
  const taken = (): boolean[] => Array.from({ length: 4 }, () => limiter.waitSeconds('a') === 0);
  expect(taken()).toEqual([true, true, true, false]);
  expect(limiter.waitSeconds('a')).toBeCloseTo(0.5);
  expect(limiter.waitSeconds('b')).toBe(0);
  now = 500;
  expect(taken()).toEqual([true, false, false, false]);
  now = 60_000;
  expect(taken()).toEqual([true, true, true, false]);
  const free = createRateLimiter({ perSecond: 0 });
  expect(Array.from({ length: 999 }, () => free.waitSeconds('a')).some(Boolean)).toBe(false);
});

test('routes ask for a key, but for those that look after the server', async () => {
  const env = { Q_ANCHOR_KEYS: `app:${first}` };
  await using server = await startServer(['--model', await writtenModel()], { env });
  for (const path of [
    '/health',
    '/ready',
    '/openapi.json',
    '/docs/',
    '/docs/static/swagger-ui.css',
  ]) {
    expect([path, (await server.ask(path)).status]).toEqual([path, 200]);
  }
  const guarded = ['/v1/models', '/v1/scenarios', '/v1/users/ann', '/metrics'];
  for (const path of guarded) {
    for (const authorization of [undefined, '', 'Bearer', first, `Basic ${first}`, 'Bearer x']) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const { status, json, headers: got } = await server.ask(path, { headers });
      expect([path, authorization, status]).toEqual([path, authorization, 401]);
      expect(json.error.type).toBe('authentication_error');
      expect(got.get('www-authenticate')).toBe('Bearer');
    }
    const known = await server.ask(path, { headers: { authorization: `bearer ${first}` } });
    expect([200, 404]).toContain(known.status);
  }
  // A body is not read before the key is known.
  const huge = { body: 'x'.repeat(5_000_000), headers: { authorization: 'Bearer x' } };
  expect((await server.ask('/v1/scores', huge)).status).toBe(401);
  expect((await server.ask('/v1/nothing')).status).toBe(404);
  expect(server.log()).not.toContain(first);
  expect(server.log()).toContain('"key":"app"');
  expect((await server.ask('/openapi.json')).json.security).toEqual([{ key: [] }]);
});
