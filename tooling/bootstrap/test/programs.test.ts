import { expect, test } from 'vitest';

import { prepareChromium } from '../chromium.mjs';
import { prepareRedis } from '../redis.mjs';

/** Prepares a machine that only tells what would be done. */
const prepared = (prepare: typeof prepareRedis, installs: boolean) => {
  let isThere = false;
  const [done, said] = [[] as string[], [] as string[]];
  const isReady = prepare({
    say: (text: string) => void said.push(text),
    environment: {},
    machine: {
      obstacle: () => (isThere ? undefined : 'it was not found'),
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

const programs = [
  {
    prepare: prepareRedis,
    product: 'Redis',
    packageName: 'redis-server',
    use: 'tests start a server of',
  },
  {
    prepare: prepareChromium,
    product: 'Chromium',
    packageName: 'chromium',
    use: 'tests open pages in',
  },
];

test.each(programs)('root installs $product', ({ prepare, product, packageName, use }) => {
  const { isReady, done, said } = prepared(prepare, true);
  expect(isReady).toBe(true);
  expect(done).toEqual(['apt-get update', `apt-get ${packageName}`]);
  expect(said).toContain(`installing ${product}, which ${use}`);
  expect(said).not.toContain('SKIPPED');
});

test.each(programs)(
  'where $product cannot be had, tests are said to be skipped',
  ({ prepare, product }) => {
    const { isReady, said } = prepared(prepare, false);
    expect(isReady).toBe(false);
    expect(said).toContain(`The tests with ${product} will be SKIPPED: it was not found`);
  },
);
