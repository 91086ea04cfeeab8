import { expect, test } from 'vitest';

import { prepareChromium } from '../chromium.mjs';

const prepared = (installs: boolean) => {
  let isThere = false;
  const [done, said] = [[] as string[], [] as string[]];
  const isReady = prepareChromium({
    say: (text: string) => void said.push(text),
    environment: {},
    machine: {
      obstacle: () => (isThere ? undefined : 'no chromium in /usr/bin'),
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
  expect(done).toEqual(['apt-get update', 'apt-get chromium']);
  expect(said).toContain('installing Chromium, which tests open pages in');
});

test('where it cannot be had, tests are said to be skipped', () => {
  const { isReady, said } = prepared(false);
  expect(isReady).toBe(false);
  expect(said).toContain('tests with Chromium will be SKIPPED: no chromium in /usr/bin');
});
