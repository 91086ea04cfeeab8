import { expect, test } from 'vitest';

import { isAtLeast, requirementsOf } from '../requirements.mjs';

test.each([
  ['20.19.0', '20.19', true],
  ['20.20.2', '20.19', true],
  ['20.9.0', '20.19', false], // numbers, not text
  ['18.99.0', '20.19', false],
  ['24.0.0', '20.19', true],
  ['20.19.1', '20.19.2', false],
])('Node %s against a floor of %s: %s', (version, floor, expected) => {
  expect(isAtLeast(version, floor)).toBe(expected);
});

test('the floor and pnpm come from package.json', () => {
  const manifest = { engines: { node: '>=20.19' }, packageManager: 'pnpm@12.21.0+sha512.abc' };
  expect(requirementsOf(manifest)).toEqual({ nodeFloor: '20.19', pnpmSpec: 'pnpm@12.21.0' });
});

test('another package manager or a range it cannot read is refused', () => {
  const engines = { node: '>=20.19' };
  expect(() => requirementsOf({ engines, packageManager: 'yarn@4.0.0' })).toThrow(/packageManager/);
  expect(() =>
    requirementsOf({ engines: { node: '^20 || ^22' }, packageManager: 'pnpm@12.21.0' }),
  ).toThrow(/engines\.node/);
});
