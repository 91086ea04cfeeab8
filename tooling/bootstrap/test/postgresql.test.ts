import { expect, test } from 'vitest';

import { preparePostgresql } from '../postgresql.mjs';

/** A machine that only tells what would be done; `installs`: whether installing helps. */
const machineWith = (options: {
  readonly isThere?: boolean;
  readonly isRoot?: boolean;
  readonly apt?: boolean;
  readonly installs?: boolean;
}) => {
  const { isRoot = true, apt = true, installs = true } = options;
  let isThere = options.isThere ?? false;
  const done: string[] = [];
  return {
    done,
    machine: {
      obstacle: () => (isThere ? undefined : 'initdb and postgres were not found'),
      isRoot: () => isRoot,
      has: (command: string) => command === 'apt-get' && apt,
      beforeInstalling: () => void done.push('no server'),
      run: (command: string, args: readonly string[]) => {
        done.push(`${command} ${args.includes('install') ? args.at(-1) : 'update'}`);
        if (args.includes('install')) isThere = installs;
        return installs;
      },
    },
  };
};

const prepared = (
  options: Parameters<typeof machineWith>[0],
  environment: Record<string, string> = {},
) => {
  const { machine, done } = machineWith(options);
  const said: string[] = [];
  const isReady = preparePostgresql({ say: (text) => said.push(text), environment, machine });
  return { isReady, done, said: said.join('\n') };
};

test('PostgreSQL that is there is left alone', () => {
  expect(prepared({ isThere: true })).toEqual({ isReady: true, done: [], said: '' });
});

test('root installs it, without a server of the machine’s own', () => {
  const { isReady, done, said } = prepared({});
  expect(isReady).toBe(true);
  expect(done).toEqual(['no server', 'apt-get update', 'apt-get postgresql']);
  expect(said).not.toContain('SKIPPED');
});

test.each([
  [{ isRoot: false }, {}, 'only root may install it'],
  [{ apt: false }, {}, 'there is no apt-get'],
  [{}, { Q_ANCHOR_INSTALL: 'no' }, 'Q_ANCHOR_INSTALL is "no"'],
  [{ installs: false }, {}, 'apt-get could not install it'],
])('where it cannot be had (%j, %j) tests are said to be skipped', (options, environment, why) => {
  const { isReady, done, said } = prepared(options, environment);
  expect(isReady).toBe(false);
  expect(done.length > 0).toBe('installs' in options);
  expect(said).toContain('will be SKIPPED: initdb and postgres were not found');
  expect(said).toContain(why);
});
