import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { InputError } from '@q-anchor/core';

import { parsed, wholeNumber } from '../arguments.js';
import { ownProcess } from '../measure/own-process.js';
import type { StageResult, StageTask } from './stages-here.js';

/** The bench of imports and pairs, by name. */
export const importCommand = 'import';

/** The sub-command that makes this program do a stage and answer with a JSON line. */
export const importChildCommand = 'import-child';

/** What the bench is asked for. */
export interface ImportRequest {
  /** Events to import. */
  readonly events: number;
  /** Pairs to build, about: as many as whole reference points give. */
  readonly pairs: number;
  /** Threads of the database engine. */
  readonly threads: number;
  /** Where the files go while it runs. */
  readonly folder: string;
}

/** What it measured. */
export interface ImportReport {
  /** Importing the events. */
  readonly import: StageResult;
  /** Building the pairs. */
  readonly pairs: StageResult;
}

/** Six of D_future and two of D_uqa, the defaults. */
const pairsPerReference = 8;

/**
 * The command line behind `import` as what was asked for.
 *
 * @param argv - arguments after `import`
 * @throws {@link InputError} naming the argument that is wrong
 */
export function importArgumentsFrom(
  argv: readonly string[],
): ImportRequest & { readonly isJson: boolean } {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        events: { type: 'string', default: '1000000' },
        pairs: { type: 'string', default: '100000' },
        threads: { type: 'string', default: '2' },
        folder: { type: 'string', default: tmpdir() },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 0) {
    const found = positionals.join(' ');
    throw new InputError({ where: importCommand, expected: 'options alone', found });
  }
  return {
    events: wholeNumber('--events', values.events),
    pairs: wholeNumber('--pairs', values.pairs),
    threads: wholeNumber('--threads', values.threads),
    folder: values.folder,
    isJson: values.json,
  };
}

/** Makes events, imports them and builds pairs, each in a process of its own. */
export async function runImport(
  request: ImportRequest,
  options: {
    readonly entry: string;
    readonly say: (text: string) => void;
    readonly signal?: AbortSignal;
  },
): Promise<ImportReport> {
  const { entry, say, signal } = options;
  const folder = await mkdtemp(join(request.folder, 'q-anchor-bench-import-'));
  try {
    say(`making ${request.events} events`);
    // Loaded here, so that the other benches' processes stay without the database engine.
    const { writeEventFiles } = await import('./event-files.js');
    const manifestPath = await writeEventFiles(folder, {
      events: request.events,
      pairReferences: Math.ceil(request.pairs / pairsPerReference),
    });
    const { threads } = request;
    const dataset = join(folder, 'dataset');
    const stage = async (task: StageTask): Promise<StageResult> => {
      say(task.stage === 'import' ? 'importing' : 'building pairs');
      const what = `the stage ${task.stage}`;
      const call = { command: importChildCommand, task, what, signal };
      return (await ownProcess(entry, call)) as StageResult;
    };
    return {
      import: await stage({ stage: 'import', manifestPath, dataset, threads }),
      pairs: await stage({ stage: 'pairs', dataset, threads }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const stageText = (name: string, unit: string, stage: StageResult): string => {
  const { items, seconds, cpuSeconds, peakMB } = stage;
  return (
    `${name.padEnd(8)}${items} ${unit} in ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor), ` +
    `${Math.round(items / seconds)} a second, at most ${peakMB.toFixed(0)} MB`
  );
};

/** A report for people. */
export const importText = (report: ImportReport): string =>
  [stageText('import', 'events', report.import), stageText('pairs', 'pairs', report.pairs)].join(
    '\n',
  );
