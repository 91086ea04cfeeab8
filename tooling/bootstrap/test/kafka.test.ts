import { expect, test } from 'vitest';

import { prepareKafka } from '../kafka.mjs';

/** A machine that only tells what would be done. */
const prepared = (
  machine: { readonly java?: boolean; readonly maven?: boolean; readonly fetches?: boolean },
  environment: Record<string, string> = {},
) => {
  const { java = false, maven = false, fetches = true } = machine;
  const has = new Set([...(java ? ['java'] : []), ...(maven ? ['maven'] : [])]);
  const [done, said] = [[] as string[], [] as string[]];
  const isReady = prepareKafka({
    say: (text: string) => void said.push(text),
    environment,
    machine: {
      isRoot: () => true,
      has: () => true,
      run: (_: string, args: readonly string[]) => {
        if (!args.includes('install')) return true;
        done.push(args.at(-1)!);
        has.add(args.at(-1) === 'maven' ? 'maven' : 'java');
        return true;
      },
      hasJava: () => has.has('java'),
      hasMaven: () => has.has('maven'),
      fetchKafka: () => {
        done.push('jars');
        if (fetches) has.add('jars');
        return fetches;
      },
      obstacle: () => (has.has('jars') ? undefined : 'the jars were not fetched'),
    },
  });
  return { isReady, done, said: said.join('\n') };
};

test('what is missing is installed, then the jars are fetched', () => {
  expect(prepared({})).toMatchObject({
    isReady: true,
    done: ['openjdk-17-jre-headless', 'maven', 'jars'],
  });
  expect(prepared({ java: true, maven: true })).toMatchObject({ isReady: true, done: ['jars'] });
});

test.each([
  [{ java: true, maven: true, fetches: false }, {}],
  [{ java: true, maven: true }, { Q_ANCHOR_INSTALL: 'no' }],
  [{}, { Q_ANCHOR_INSTALL: 'no' }],
])('where it cannot be had (%j, %j) tests are said to be skipped', (machine, environment) => {
  const { isReady, said } = prepared(machine, environment);
  expect(isReady).toBe(false);
  expect(said).toContain('SKIPPED');
});
