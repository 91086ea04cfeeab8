// API reports (etc/*.api.md) of every package that has an api-extractor.json:
//   main.mjs check    fails where a report is missing or stale
//   main.mjs update   writes them; further arguments go to turbo, as `--filter=@q-anchor/core`
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [mode, ...turboArgs] = process.argv.slice(2);
if (mode !== 'check' && mode !== 'update') {
  process.stderr.write(
    'Usage: node tooling/api-reports/main.mjs check|update [TURBO-ARGUMENT...]\n',
  );
  process.exit(2);
}

const packages = join(dirname(fileURLToPath(import.meta.url)), '../../packages');
for (const name of readdirSync(packages)) {
  if (existsSync(join(packages, name, 'api-extractor.json'))) {
    mkdirSync(join(packages, name, 'etc'), { recursive: true }); // api-extractor doesn't
  }
}

const { status } = spawnSync(
  'turbo',
  ['run', `api:${mode}`, '--output-logs=errors-only', '--continue', ...turboArgs],
  { stdio: 'inherit', shell: process.platform === 'win32' },
);
if (status !== 0 && mode === 'check') {
  process.stderr.write(
    '\nAn API report is missing or stale, or an export lacks its documentation (see above).\n' +
      'Run `pnpm api:update`, read the change in packages/*/etc/*.api.md, and commit it.\n',
  );
}
process.exit(status ?? 1);
