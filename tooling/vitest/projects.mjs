import { existsSync, readdirSync } from 'node:fs';

// Resolve workspace packages to their TypeScript source, so tests never need a build.
// `import` and `require` are added where they hold; given here, `import` would hold for both.
const conditions = ['@q-anchor/source', 'module', 'node'];

/** Resolution shared by every project; vitest doesn't hand it down to projects given as globs. */
export const sourceResolution = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

/**
 * One vitest project per folder of packages/, apps/ and tooling/ that has tests or benches.
 *
 * @param {{ include: string[], exclude: string[] }} files which tests, as globs below that folder
 * @returns {import('vitest/config').TestProjectConfiguration[]}
 */
export const projectsOf = (files) =>
  ['packages', 'apps', 'tooling']
    .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))
    .filter((root) => existsSync(`${root}/test`) || existsSync(`${root}/bench`))
    .map((root) => ({
      extends: true,
      root,
      test: {
        name: root,
        ...files,
        benchmark: { include: ['bench/**/*.bench.ts'] },
      },
    }));
