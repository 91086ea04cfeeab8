import { simulateDataset } from '@q-anchor/useru';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import { datasetSummary } from '../data/dataset-summary.js';
import { integer } from '../options/parsers.js';

interface Options {
  readonly out: string;
  readonly users: number;
  readonly seed: number;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** `q-anchor simulate`. */
export const simulateCommand = (contextOf: ContextFactory): Command =>
  new Command('simulate')
    .description('Make a dataset directory of simulated people.')
    .requiredOption('--out <dataset>', 'the dataset directory to make')
    .option('--users <n>', 'people', integer(20), 1000)
    .option('--seed <n>', 'the same seed gives the same dataset', integer(), 1)
    .option('--overwrite', 'replace what is at --out')
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', '\nExample:\n  q-anchor simulate --users 2000 --seed 1 --out simulated')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const people = context.progress('Simulating', { unit: 'people' });
      const sections = context.progress('Importing', { unit: 'sections' });
      const info = await simulateDataset({
        users: options.users,
        seed: options.seed,
        outputDir: options.out,
        overwrite: options.overwrite ?? false,
        signal: context.signal,
        onProgress: ({ phase, done, total }) => {
          if (phase === 'people') people.update(done, total);
          else {
            people.stop();
            sections.update(done, total);
          }
        },
      }).finally(() => sections.stop());
      context.print(
        options.json === true ? JSON.stringify(info) : datasetSummary(info, options.out),
      );
    });
