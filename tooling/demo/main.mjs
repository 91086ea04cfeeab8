// The whole way of the data on a simulated world, in minutes on 2 cores:
// simulate -> pairs -> pretrain -> tune -> evaluate -> report, each by the command a user would type.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { resultText } from './result-text.mjs';
import { places, stages } from './stages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const say = (text) => process.stdout.write(`${text}\n`);
const secondsSince = (startedAt) => (performance.now() - startedAt) / 1000;
const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

// Bars on a terminal; nothing elsewhere, where each would be many lines.
const quiet = process.stderr.isTTY ? [] : ['--quiet'];

say('Q-Anchor from events to embeddings that answer a question: a few minutes on 2 cores.');
rmSync(join(root, 'demo'), { recursive: true, force: true });
const startedAt = performance.now();
for (const [index, { says, args, isShown }] of stages.entries()) {
  const stageStartedAt = performance.now();
  say(`\n${index + 1}/${stages.length} ${args[0]}: ${says}`);
  say(`$ q-anchor ${args.join(' ')}`);
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'apps/trainer/dist/main.js'), ...args, ...quiet],
    { cwd: root, stdio: ['inherit', isShown ? 'inherit' : 'ignore', 'inherit'] },
  );
  if (status !== 0) {
    const seconds = secondsSince(startedAt).toFixed(0);
    say(`\nThe demo stopped at \`q-anchor ${args[0]}\` after ${seconds} s.`);
    process.exit(status ?? 1);
  }
  say(`(${secondsSince(stageStartedAt).toFixed(1)} s)`);
}
const { scenarios: known } = read(`${places.dataset}/dataset.json`);
const { scenarios: truth } = read(`${places.dataset}/simulation.json`);
say(`\n${resultText({ evaluation: read(places.evaluation), known, truth })}`);
say(`
The demo took ${secondsSince(startedAt).toFixed(0)} s. ${places.dataset} has events, profiles, labels and pairs,
${places.run} the model, ${places.evaluation} these numbers with intervals, ${places.report} charts of them. Ask about people of your own:
$ npx pnpm q-anchor embed ${places.run} --data ${places.dataset} --query "How often will takeout come up in the next 30 days?" --out demo/users.parquet`);
