import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { argumentsOf, type Recipe } from './recipe.js';
import { berka } from './recipes/berka.js';
import { oulad } from './recipes/oulad.js';
import { CommandFailure, runCommand } from './run-command.js';
import { yardstickText, type Evaluation } from './yardstick.js';

const recipes: Readonly<Record<string, Recipe>> = { oulad, berka };

const usage = `Usage: pnpm recipe NAME --data DIR [--out DIR] [--seed N] [--json]

Runs a recipe on real data with the q-anchor command: import, pairs, pretrain, tune, evaluate,
report.

  NAME          one of ${Object.keys(recipes).join(', ')}
  --data DIR    the folder with the dataset's files
  --out DIR     where dataset and run go (default: recipe-runs/NAME); replaced if there;
                report.html is among it
  --seed N      seed of pre-training (default: the recipe's)
  --untuned     no tuning of scenarios
  --json        end with evaluate's line of JSON instead of its table

Time and peak memory of each command go to standard error. Exit codes: 0 done, 1 failed, 2 bad usage.
`;

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function run(
  recipe: Recipe,
  options: {
    readonly data: string;
    readonly out: string;
    readonly seed: string | undefined;
    readonly json: boolean;
    readonly untuned: boolean;
  },
): Promise<void> {
  const script = join(root, 'apps/trainer/dist/main.js');
  const [dataset, runFolder] = [join(options.out, 'dataset'), join(options.out, 'run')];
  for (const folder of [dataset, runFolder]) rmSync(folder, { recursive: true, force: true });
  const manifest = join(root, recipe.manifest);
  const pretrain =
    options.seed === undefined ? recipe.pretrain : { ...recipe.pretrain, seed: options.seed };
  const { scenarios, flags } = recipe.tune;
  const asked = scenarios.flatMap((name) => ['--scenario', name]);
  const tuning = ['tune', runFolder, '--data', dataset, ...asked, ...argumentsOf(flags)];
  const result = join(options.out, 'evaluation.json');
  const commands = [
    ['import', manifest, '--data', options.data, '--out', dataset],
    ['pairs', dataset, ...argumentsOf(recipe.pairs)],
    ['pretrain', '--data', dataset, '--out', runFolder, ...argumentsOf(pretrain)],
    ...(options.untuned ? [] : [tuning]),
    ['evaluate', runFolder, '--data', dataset, '--save', result, ...argumentsOf(recipe.evaluate)],
    ['report', runFolder, '--out', join(options.out, 'report.html')],
  ];
  let total = 0;
  for (const args of commands) {
    say(`\n$ q-anchor ${args.join(' ')}`);
    const isShown = args[0] === 'evaluate' && !options.json;
    const { seconds, peakMegabytes } = await runCommand(script, { args, isShown });
    total += seconds;
    const memory = peakMegabytes === undefined ? '' : `, peak ${peakMegabytes} MB`;
    say(`(${seconds.toFixed(0)} s${memory})`);
  }
  say(`\nAll took ${(total / 60).toFixed(1)} minutes.`);
  const line = readFileSync(result, 'utf8').trim();
  const text = options.json ? line : yardstickText(recipe, JSON.parse(line) as Evaluation);
  process.stdout.write(`${text}\n`);
}

/** What the command line asks for, or what is wrong with it. */
function requestFrom(args: readonly string[]): Parameters<typeof run> | string {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      out: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      untuned: { type: 'boolean', default: false },
    },
  });
  const [name] = positionals;
  const recipe = name === undefined ? undefined : recipes[name];
  if (!recipe || positionals.length > 1) return `No recipe '${positionals.join(' ')}'.`;
  if (values.data === undefined) return '--data is missing.';
  if (!existsSync(values.data)) return `--data: there is no folder '${values.data}'.`;
  const out = resolve(values.out ?? join('recipe-runs', recipe.name));
  const { seed, json, untuned } = values;
  return [recipe, { data: resolve(values.data), out, seed, json, untuned }];
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  let request: ReturnType<typeof requestFrom>;
  try {
    request = requestFrom(args);
  } catch (error) {
    request = error instanceof Error ? error.message : String(error);
  }
  if (typeof request === 'string') {
    say(`${request}\n\n${usage}`);
    return 2;
  }
  try {
    await run(...request);
    return 0;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    say(error.message);
    return error.exitCode;
  }
}

process.exitCode = await main();
