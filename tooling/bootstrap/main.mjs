// Sets up a machine that has Node and npm alone, then runs the scripts named on the command line:
//   node tooling/bootstrap/main.mjs check conformance
// Plain Node without dependencies, since nothing is installed yet when it starts.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { prepareChromium } from './chromium.mjs';
import { prepareKafka } from './kafka.mjs';
import { preparePostgresql } from './postgresql.mjs';
import { prepareRedis } from './redis.mjs';
import { isAtLeast, requirementsOf } from './requirements.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { nodeFloor, pnpmSpec } = requirementsOf(manifest);
const windows = process.platform === 'win32';

const say = (text) => process.stderr.write(`[bootstrap] ${text}\n`);

const stop = (lines) => {
  for (const line of lines) say(line);
  process.exit(1);
};

const run = (command, args, environment) =>
  spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...environment },
    stdio: 'inherit',
    shell: windows, // npx is a .cmd file there
  });

const pnpm = (args, environment) => run('npx', ['--yes', pnpmSpec, ...args], environment);

const scripts = process.argv.slice(2);
const unknown = scripts.filter((name) => !manifest.scripts[name]);
if (scripts.length === 0 || unknown.length > 0) {
  say(unknown.length > 0 ? `No such script: ${unknown.join(', ')}` : 'No script named.');
  say(`Usage: node tooling/bootstrap/main.mjs SCRIPT...  (scripts of package.json)`);
  process.exit(2);
}

if (!isAtLeast(process.versions.node, nodeFloor)) {
  stop([
    `Node ${process.versions.node} is too old: Q-Anchor needs ${nodeFloor} or newer.`,
    'Install a current Node (https://nodejs.org) and run the command again.',
  ]);
}

const npx = spawnSync('npx', ['--version'], { stdio: 'ignore', shell: windows });
if (npx.error || npx.status !== 0) {
  stop([
    'npx was not found: Q-Anchor gets its package manager through npm.',
    'Install npm 10 or newer (it comes with Node) and run the command again.',
  ]);
}

say(`Node ${process.versions.node}, getting ${pnpmSpec} through npx`);
if (pnpm(['--version']).status !== 0) {
  stop([
    `${pnpmSpec} could not be fetched; npm's message is above.`,
    'Is the registry reachable? `npm config get registry` names it, `npm ping` tries it.',
  ]);
}

say('installing from pnpm-lock.yaml');
// CI=true keeps pnpm from asking questions; it applies to this step alone.
if (pnpm(['install', '--frozen-lockfile'], { CI: 'true' }).status !== 0) {
  stop([
    "The installation failed; pnpm's message is above.",
    'If it speaks of the lockfile, run `pnpm install` and commit pnpm-lock.yaml.',
    'If it speaks of the network, check the registry: `npm config get registry`, `npm ping`.',
  ]);
}

if (scripts.includes('check')) {
  preparePostgresql({ say });
  prepareRedis({ say });
  prepareKafka({ say });
  prepareChromium({ say });
}

for (const name of scripts) {
  const startedAt = performance.now();
  const { status, signal } = pnpm(['run', name]);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  if (status !== 0) {
    say(`"${name}" failed after ${seconds} s (${signal ?? `exit ${status}`})`);
    process.exit(status || 1);
  }
  say(`"${name}" passed in ${seconds} s`);
}
