import { defineConfig } from 'vitest/config';

import { projectsOf, sourceResolution } from './tooling/vitest/projects.mjs';

/** The tests that take minutes: `pnpm test:slow`. */
export default defineConfig({
  ...sourceResolution,
  test: {
    projects: projectsOf({ include: ['test/**/*.slow.test.ts'], exclude: [] }),
    passWithNoTests: true,
    testTimeout: 1_200_000,
    hookTimeout: 600_000,
    fileParallelism: false, // they train models: one at a time gets the cores
  },
});
