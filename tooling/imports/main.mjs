// Imports point downward only: see layers.mjs. Run by `pnpm imports:check`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { layers } from './layers.mjs';
import { importOrderProblems } from './problems.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const commentLine = /^\s*(?:\*|\/\/).*$/gm; // examples in docs may import anything
const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]+)['"]/g;

const importsIn = (folder, prefix) => {
  const path = join(folder, prefix);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?ts$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(path, file), 'utf8').replaceAll(commentLine, '');
      return [...text.matchAll(importPattern)].map(([, specifier = '']) => ({
        file: `${prefix}/${file.replaceAll('\\', '/')}`,
        specifier,
      }));
    });
};

const workspaceNames = (dependencies) =>
  Object.keys(dependencies)
    .filter((key) => key.startsWith('@q-anchor/'))
    .map((key) => key.slice('@q-anchor/'.length));

const memberAt = (group, name) => {
  const folder = join(root, group, name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return {
    group,
    name,
    dependencies: workspaceNames({ ...manifest.dependencies, ...manifest.peerDependencies }),
    devDependencies: workspaceNames(manifest.devDependencies ?? {}),
    imports: ['src', 'test', 'bench'].flatMap((prefix) => importsIn(folder, prefix)),
  };
};

const members = ['packages', 'apps', 'tooling'].flatMap((group) =>
  readdirSync(join(root, group))
    .filter((name) => existsSync(join(root, group, name, 'package.json')))
    .map((name) => memberAt(group, name)),
);

const problems = importOrderProblems(members, { layers });
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write(`Imports point downward in all ${members.length} workspace folders.\n`);
