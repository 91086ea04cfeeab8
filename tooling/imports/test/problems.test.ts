import { expect, test } from 'vitest';

import { layers } from '../layers.mjs';
import { importOrderProblems } from '../problems.mjs';

interface Member {
  group: 'packages' | 'apps' | 'tooling';
  name: string;
  dependencies: string[];
  devDependencies: string[];
  imports: { file: string; specifier: string }[];
}

type Path = `${Member['group']}/${string}`;

const groups = ['packages', 'apps', 'tooling'] as const;

const member = (path: Path, fields: Partial<Member> = {}): Member => {
  const group = groups.find((name) => path.startsWith(`${name}/`)) ?? 'packages';
  const name = path.slice(group.length + 1);
  return { group, name, dependencies: [], devDependencies: [], imports: [], ...fields };
};

const problems = (...members: Member[]): string[] => importOrderProblems(members, { layers });

test('downward dependencies pass, through several layers too', () => {
  expect(
    problems(
      member('packages/core', { devDependencies: ['tsconfig'] }),
      member('packages/dual-tower', { dependencies: ['core', 'graph', 'user-tokens', 'backend'] }),
      member('apps/trainer', { dependencies: ['dual-tower', 'core'] }),
      member('tooling/recipe', { dependencies: ['trainer', 'core'] }),
      member('tooling/tsconfig'),
    ),
  ).toEqual([]);
});

test.each<[Path, string]>([
  ['packages/core', 'graph'], // upward
  ['packages/metrics', 'graph'], // sideways
  ['packages/useru', 'backbone'], // another branch
  ['packages/dual-tower', 'trainer'], // an app
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
  expect(importOrderProblems([member('packages/a')], { layers: cyclic })).toEqual([
    'tooling/imports/layers.mjs has a cycle through a',
  ]);
});

test('tests may lean sideways, not in a circle', () => {
  const backend = member('packages/backend', { dependencies: ['graph'] });
  expect(problems(backend, member('packages/backbone', { devDependencies: ['backend'] }))).toEqual(
    [],
  );
  const circle = problems(backend, member('packages/graph', { devDependencies: ['backend'] }));
  expect(circle).toHaveLength(2);
  expect(circle[0]).toMatch(/cycle/);
});

test('what only the tests may use does not reach the sources', () => {
  const imports = ['src/a.ts', 'test/a.test.ts'].map((file) => ({
    file,
    specifier: '@q-anchor/backend',
  }));
  const found = problems(
    member('packages/backbone', { devDependencies: ['backend'], imports }),
    member('packages/backend'),
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('src/a.ts');
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
