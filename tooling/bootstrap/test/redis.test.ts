import { expect, test } from 'vitest';

import { prepareRedis } from '../redis.mjs';

const prepared = (installs: boolean) => {
  let isThere = false;
  const [done, said] = [[] as string[], [] as string[]];
  const isReady = prepareRedis({
    say: (text: string) => void said.push(text),
    environment: {},
    machine: {
      obstacle: () => (isThere ? undefined : 'redis-server was not found'),
      isRoot: () => true,
      has: () => true,
      run: (command: string, args: readonly string[]) => {
        done.push(`${command} ${args.includes('install') ? args.at(-1) : 'update'}`);
        if (args.includes('install')) isThere = installs;
        return installs;
      },
    },
  });
  return { isReady, done, said: said.join('\n') };
};

test('root installs it', () => {
  const { isReady, done, said } = prepared(true);
  expect(isReady).toBe(true);
  expect(done).toEqual(['apt-get update', 'apt-get redis-server']);
  expect(said).not.toContain('SKIPPED');
});

test('where it cannot be had, tests are said to be skipped', () => {
  const { isReady, said } = prepared(false);
  expect(isReady).toBe(false);
  expect(said).toContain('with Redis will be SKIPPED: redis-server was not found');
});
