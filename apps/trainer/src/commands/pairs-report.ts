import { writeFileAtomic } from '@q-anchor/core';
import {
  openDataset,
  pairsReport,
  pairsReportHtml,
  readTopics,
  type PairCheck,
  type PairsReport,
} from '@q-anchor/useru';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import { integer } from '../options/parsers.js';

interface Options {
  readonly out?: string;
  readonly topics?: string;
  readonly check: number;
  readonly samples: number;
  readonly seed: number;
  readonly json?: boolean;
}

const checkText = (check: PairCheck | undefined): string =>
  check === undefined ? 'not done' : `${check.faults} of ${check.pairs} pairs at fault`;

const reportText = (report: PairsReport): string => {
  const lines = (['uqa', 'future'] as const).map((source) => {
    const { pairs, topics, equalAnswerShare, distinct } = report.sources[source];
    return (
      `D_${source}: ${pairs} pairs on ${topics.length} topics, ` +
      `equal answers ${(100 * equalAnswerShare).toFixed(2)} %, ` +
      `distinct-1/2/3 ${distinct.map((share) => share.toFixed(4)).join(' / ')}`
    );
  });
  return [
    ...lines,
    `Leakage into D_uqa: ${checkText(report.uqaLeakage)}`,
    `D_future in profiles: ${checkText(report.futureLeakage)}`,
    `Grounding: ${checkText(report.grounding)}`,
  ].join('\n');
};

/** `q-anchor pairs-report`. */
export const pairsReportCommand = (contextOf: ContextFactory): Command =>
  new Command('pairs-report')
    .description('Judge the pairs of a dataset: topics, diversity, lengths, leakage, grounding.')
    .argument('<dataset>', 'a dataset directory with pairs')
    .option('--out <file>', 'also write a page of HTML, with a sample to read')
    .option(
      '--topics <file>',
      'the life topics the pairs were written with, if not the built-in ones',
    )
    .option('--check <n>', 'reference points that checks go back to', integer(1), 2000)
    .option('--samples <n>', 'pairs of each source to show', integer(), 20)
    .option('--seed <n>', 'chooses reference points and samples', integer(), 1)
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  q-anchor pairs-report simulated --out pairs.html')
    .action(async (directory: string, options: Options, command: Command) => {
      const context = contextOf(command);
      const topics = options.topics === undefined ? undefined : await readTopics(options.topics);
      await using dataset = await openDataset(directory);
      const bar = context.progress('Checking pairs', { unit: 'users' });
      const report = await pairsReport({
        dataset,
        ...(topics === undefined ? {} : { topics }),
        checkReferences: options.check,
        samplePairs: options.samples,
        seed: options.seed,
        signal: context.signal,
        onProgress: ({ done, total }) => bar.update(done, total),
      }).finally(() => bar.stop());
      if (options.out !== undefined) await writeFileAtomic(options.out, pairsReportHtml(report));
      context.print(options.json === true ? JSON.stringify(report) : reportText(report));
    });
