import { availableParallelism } from 'node:os';

import {
  openDataset,
  readSimulationTruth,
  simulateDataset,
  type DatasetInfo,
} from '@q-anchor/useru';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { datasetSummary } from '../data/dataset-summary.js';
import { createRowThreads } from '../evaluate/threads/row-threads.js';
import { integer } from '../options/parsers.js';
import { simulationBaselines, type Baseline } from '../simulate/baselines.js';
import { baselinesText, simulationText } from '../simulate/simulation-text.js';

interface Options {
  readonly out: string;
  readonly users: number;
  readonly seed: number;
  readonly days: number;
  readonly workers?: number;
  readonly baselines?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** `q-anchor simulate`. */
export const simulateCommand = (contextOf: ContextFactory): Command =>
  new Command('simulate')
    .description(
      'Make a dataset directory of simulated people with ten scenarios; tells the Bayes AUC of each.',
    )
    .requiredOption('--out <dataset>', 'the dataset directory to make')
    .option('--users <n>', 'people', integer(20), 1000)
    .option('--seed <n>', 'the same seed gives the same dataset', integer(), 1)
    .option('--days <n>', 'days before the reference; 35 more follow it', integer(60), 90)
    .option('--workers <n>', 'threads (default: one a processor); changes nothing', integer(1))
    .option('--baselines', 'also measure what counts tell, and what order and timing add')
    .option('--overwrite', 'replace what is at --out')
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', '\nExample:\n  q-anchor simulate --users 2000 --seed 1 --out simulated')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const info = await simulate(options, context);
      const simulation = await readSimulationTruth(options.out);
      const baselines =
        options.baselines === true ? await measureBaselines(options, context) : undefined;
      if (options.json === true) {
        context.print(JSON.stringify({ ...info, simulation, ...(baselines && { baselines }) }));
        return;
      }
      context.print(datasetSummary(info, options.out));
      context.print(`\n${simulationText(info, simulation)}`);
      if (baselines) context.print(`\n${baselinesText(baselines)}`);
    });

async function simulate(options: Options, context: CommandContext): Promise<DatasetInfo> {
  const people = context.progress('Simulating', { unit: 'people' });
  const sections = context.progress('Importing', { unit: 'sections' });
  try {
    return await simulateDataset({
      users: options.users,
      seed: options.seed,
      windowDays: options.days,
      outputDir: options.out,
      overwrite: options.overwrite ?? false,
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      signal: context.signal,
      onProgress: ({ phase, done, total }) => {
        if (phase === 'people') people.update(done, total);
        else {
          people.stop();
          sections.update(done, total);
        }
      },
    });
  } finally {
    people.stop();
    sections.stop();
  }
}

async function measureBaselines(
  { out, workers = availableParallelism() }: Options,
  context: CommandContext,
): Promise<Record<string, Baseline>> {
  await using dataset = await openDataset(out);
  const { signal } = context;
  await using solver = createRowThreads({ threads: workers, signal });
  const probing = context.progress('Probing', { unit: 'probes' });
  return await simulationBaselines(dataset, {
    solver,
    signal,
    onProgress: (done, total) => probing.update(done, total),
  }).finally(() => probing.stop());
}
