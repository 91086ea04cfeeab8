import { importManifest } from '@q-anchor/useru';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import { datasetSummary } from '../data/dataset-summary.js';
import { tellResumption } from '../display/resumption.js';
import { integer } from '../options/parsers.js';

interface Options {
  readonly out: string;
  readonly data?: string;
  readonly overwrite?: boolean;
  readonly memory: number;
  readonly threads: number;
  readonly json?: boolean;
}

/** `q-anchor import`. */
export const importCommand = (contextOf: ContextFactory): Command =>
  new Command('import')
    .description('Make a dataset directory from anyone’s files, as a manifest maps them.')
    .argument('<manifest>', 'the manifest, a YAML file')
    .requiredOption('--out <dataset>', 'the dataset directory to make')
    .option(
      '--data <dir>',
      'folder the manifest’s paths are relative to (default: the manifest’s own)',
    )
    .option('--overwrite', 'replace what is at --out')
    .option('--memory <MiB>', 'memory of the database engine', integer(64), 1024)
    .option('--threads <n>', 'threads of the database engine', integer(1), 1)
    .option('--json', 'print what was imported as JSON')
    .addHelpText(
      'after',
      '\nAn import that was killed is gone on with when the same command runs again.' +
        '\n\nExample:\n  q-anchor import recipes/berka.yaml --data ~/berka --out berka',
    )
    .action(async (manifestPath: string, options: Options, command: Command) => {
      const context = contextOf(command);
      const progress = context.progress('Importing', { unit: 'sections' });
      const info = await importManifest({
        manifestPath,
        outputDir: options.out,
        ...(options.data !== undefined && { dataDir: options.data }),
        overwrite: options.overwrite ?? false,
        memoryLimitMebibytes: options.memory,
        threads: options.threads,
        signal: context.signal,
        onResume: tellResumption(context.log, 'sections'),
        onProgress: ({ done, total, section, rows }) =>
          progress.update(done, total, `${section}: ${rows} rows`),
      }).finally(() => progress.stop());
      context.print(
        options.json === true ? JSON.stringify(info) : datasetSummary(info, options.out),
      );
    });
