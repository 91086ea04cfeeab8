import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

import { InputError, writeFileAtomic } from '@q-anchor/core';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { buildReport } from '../report/build-report.js';
import { readReproduction, type ReproductionSource } from '../report/read/reproduction-source.js';
import { readRunSources } from '../report/read/run-source.js';
import { ownVersion } from '../version.js';

interface Options {
  readonly out: string;
  readonly json?: boolean;
}

/** `q-anchor report`. */
export const reportCommand = (contextOf: ContextFactory): Command =>
  new Command('report')
    .description(
      'Write one HTML page about runs, with charts and tables, and all its numbers as JSON beside it; ' +
        'the first run in full, the others compared. It shows what training, tuning and evaluating left ' +
        'in the runs, and says what is not there.',
    )
    .argument('<runs...>', 'runs, or files of evaluate --details; or one folder of reproduce')
    .requiredOption('--out <file>', 'the page, FILE.html; the numbers go to FILE.json')
    .option('--json', 'print the numbers as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  q-anchor report run --out report.html' +
        '\n  q-anchor report run-1000 run-4000 run-16000 --out scaling.html',
    )
    .action((runs: readonly string[], options: Options, self: Command) =>
      reportAction(runs, { ...options, context: contextOf(self) }),
    );

async function reportAction(
  sources: readonly string[],
  options: Options & { readonly context: CommandContext },
): Promise<void> {
  const { out, context } = options;
  const jsonFile = await jsonFileOf(out);
  const reproduction = await reproductionOf(sources);
  const runs = reproduction ? [reproduction.main] : await readRunSources(sources);
  if (!runs.some(({ evaluation, training, tunings }) => evaluation ?? training ?? tunings.at(0))) {
    throw new InputError({
      where: sources.join(', '),
      expected: 'a run with something to show',
      found: 'neither training steps, nor tunings, nor an evaluation',
      fix: `Evaluate it first: q-anchor evaluate ${sources[0]} --data DATASET`,
    });
  }
  for (const { name, source, evaluation } of runs) {
    if (evaluation) continue;
    context.log.warn(
      `${name} was not evaluated; q-anchor evaluate ${source} --data DATASET adds its scores`,
    );
  }
  const own = await ownVersion();
  const report = buildReport(runs, { time: new Date().toISOString(), own, reproduction });
  // ECharts takes a while to load, and no other command needs it.
  const { pageHtml } = await import('../report/page/page-html.js');
  const page = pageHtml(report, { jsonName: basename(jsonFile) });
  context.signal.throwIfAborted();
  const line = JSON.stringify(report);
  await writeFileAtomic(jsonFile, `${line}\n`);
  await writeFileAtomic(out, page);
  if (options.json === true) context.print(line);
  else context.print(`${report.panels.length} parts in ${out}, their numbers in ${jsonFile}`);
  const left = report.missing.map(({ title }) => title);
  if (left.length > 0) context.log.info(`Left out, see the end of the page: ${left.join(', ')}`);
}

/** The reproduction that a single source is, if it is one; among others there is none. */
async function reproductionOf(sources: readonly string[]): Promise<ReproductionSource | undefined> {
  const found = await Promise.all(sources.map(readReproduction));
  const first = found.find((one) => one !== undefined);
  if (first === undefined || sources.length === 1) return first;
  throw new InputError({
    where: 'runs',
    expected: 'one folder of q-anchor reproduce by itself, or runs',
    found: sources.join(', '),
  });
}

/** Where the numbers go; sees that both files can be written. */
async function jsonFileOf(out: string): Promise<string> {
  if (!out.endsWith('.html')) {
    throw new InputError({ where: '--out', expected: 'a file named *.html', found: out });
  }
  const folder = dirname(resolve(out));
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new InputError({
      where: '--out',
      expected: 'a file in a folder that is there',
      found: folder,
      fix: 'Make the folder first',
    });
  }
  return out.replace(/\.html$/u, '.json');
}
