// The whole way of the data on a simulated world, in minutes on 2 cores:
// simulate -> pairs -> pretrain -> evaluate, each by the command a user would type.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dataset = 'demo/dataset';
const run = 'demo/run';

const commands = [
  ['simulate', '--users', '1000', '--seed', '7', '--out', dataset],
  ['pairs', dataset],
  // Smaller batches and fewer steps than the preset's: minutes on two cores, below 4 GB.
  [
    'pretrain --preset nano --steps 260 --batch-users 32 --rate 2e-3 --seed 7'.split(' '),
    ['--data', dataset, '--out', run],
  ].flat(),
  // Four of the ten scenarios: those whose event is common enough among 250 test users.
  [
    ['evaluate', run, '--data', dataset],
    ['active', 'login', 'takeout', 'promo'].flatMap((name) => ['--scenario', name]),
  ].flat(),
];

const say = (text) => process.stdout.write(`${text}\n`);
const secondsSince = (startedAt) => ((performance.now() - startedAt) / 1000).toFixed(1);

rmSync(join(root, 'demo'), { recursive: true, force: true });
const startedAt = performance.now();
for (const args of commands) {
  const stepStartedAt = performance.now();
  say(`\n$ q-anchor ${args.join(' ')}`);
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'apps/trainer/dist/main.js'), ...args],
    { cwd: root, stdio: 'inherit' },
  );
  if (status !== 0) {
    say(`\nThe demo stopped at \`q-anchor ${args[0]}\` after ${secondsSince(startedAt)} s.`);
    process.exit(status ?? 1);
  }
  say(`(${secondsSince(stepStartedAt)} s)`);
}
say(`\nThe demo took ${secondsSince(startedAt)} s. Its files are in demo/.`);
