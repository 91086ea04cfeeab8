import { expect, test } from 'vitest';

import { layers, shared } from '../layers.mjs';
import { importOrderProblems } from '../problems.mjs';

interface Member {
  group: 'packages' | 'apps' | 'tooling';
  name: string;
  dependencies: string[];
  imports: { file: string; specifier: string }[];
}

type Path = `${Member['group']}/${string}`;

const groups = ['packages', 'apps', 'tooling'] as const;

const member = (path: Path, fields: Partial<Member> = {}): Member => {
  const group = groups.find((name) => path.startsWith(`${name}/`)) ?? 'packages';
  const name = path.slice(group.length + 1);
  return { group, name, dependencies: [], imports: [], ...fields };
};

const problems = (...members: Member[]): string[] =>
  importOrderProblems(members, { layers, shared });

test('downward dependencies pass, through several layers too', () => {
  expect(
    problems(
      member('packages/core', { dependencies: ['tsconfig'] }),
      member('packages/dual-tower', { dependencies: ['core', 'graph', 'user-tokens', 'backend'] }),
      member('apps/trainer', { dependencies: ['dual-tower', 'core'] }),
      member('tooling/recipe', { dependencies: ['trainer', 'core'] }),
    ),
  ).toEqual([]);
});

test.each<[Path, string]>([
  ['packages/core', 'graph'], // upward
  ['packages/metrics', 'graph'], // sideways
  ['packages/useru', 'backbone'], // another branch
  ['packages/dual-tower', 'trainer'], // an app
  ['packages/dual-tower', 'dual-tower'], // itself
])('%s may not lean on %s', (path, name) => {
  const found = problems(member(path, { dependencies: [name] }));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`@q-anchor/${name}`);
});

test('apps do not lean on apps or tooling', () => {
  expect(
    problems(
      member('apps/trainer', { dependencies: ['server', 'bench'] }),
      member('apps/server'),
      member('tooling/bench'),
    ),
  ).toHaveLength(2);
});

test('a package that the table lacks is named', () => {
  expect(problems(member('packages/extra'))[0]).toMatch(/packages\/extra.*layers\.mjs/);
});

test('a table with a cycle is refused', () => {
  const cyclic = { a: ['b'], b: ['a'] };
  expect(() => importOrderProblems([member('packages/a')], { layers: cyclic, shared: [] })).toThrow(
    /cycle/,
  );
});

test.each([
  ['src/index.ts', '../../core/src/index.js', true],
  ['src/ops/add.ts', '../ir/tensor.js', false],
  ['src/ops/add.ts', '../../../core/src/index.js', true],
  ['src/index.ts', '@q-anchor/core/src/errors.js', true],
  ['src/index.ts', '@q-anchor/backend', true], // not in package.json
  ['test/index.test.ts', '@q-anchor/graph', false], // its own name
  ['src/index.ts', '@q-anchor/core', false],
  ['src/index.ts', 'node:fs', false],
])('%s importing %s is a problem: %s', (file, specifier, isProblem) => {
  const found = problems(
    member('packages/graph', { dependencies: ['core'], imports: [{ file, specifier }] }),
  );
  expect(found).toHaveLength(isProblem ? 1 : 0);
});
