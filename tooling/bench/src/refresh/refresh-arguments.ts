import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

import { InputError } from '@q-anchor/core';

import { parsed, wholeNumber } from '../arguments.js';

/** The bench of refreshes, by name. */
export const refreshCommand = 'refresh';

/** What the bench is asked for. */
export interface RefreshRequest {
  /** Simulated users. */
  readonly users: number;
  /** Shares of the users who do something on the day. */
  readonly shares: readonly number[];
  /** Rounds; each computes everything anew once, and refreshes once for each share. */
  readonly rounds: number;
  /** Where files go while it runs. */
  readonly folder: string;
}

/** A refresh beside computing everything anew. */
export interface RefreshRow {
  /** Share of users with events on the day. */
  readonly share: number;
  /** Users, and those who were embedded. */
  readonly users: number;
  readonly touched: number;
  /** Event texts that were encoded. */
  readonly textsEncoded: number;
  /** Medians over the rounds, of the whole command but the start of Node. */
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly fullSeconds: number;
  readonly fullProcessorSeconds: number;
  /** Medians of the quotients within rounds. */
  readonly ratio: number;
  readonly processorRatio: number;
  /** Vectors compared with those computed anew, and how far they are apart at most. */
  readonly vectors: number;
  readonly largestDistance: number;
}

/**
 * The command line behind `refresh` as what was asked for.
 *
 * @param argv - arguments after `refresh`
 * @throws {@link InputError} naming the argument that is wrong
 */
export function refreshArgumentsFrom(
  argv: readonly string[],
): RefreshRequest & { readonly isJson: boolean } {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        users: { type: 'string', default: '4000' },
        shares: { type: 'string', default: '0.1' },
        rounds: { type: 'string', default: '3' },
        folder: { type: 'string', default: tmpdir() },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 0) {
    const found = positionals.join(' ');
    throw new InputError({ where: refreshCommand, expected: 'options alone', found });
  }
  const shares = values.shares.split(',').map(Number);
  if (shares.some((share) => !(share > 0 && share <= 1))) {
    const found = `'${values.shares}'`;
    throw new InputError({ where: '--shares', expected: 'shares above 0, at most 1', found });
  }
  return {
    users: wholeNumber('--users', values.users),
    shares,
    rounds: wholeNumber('--rounds', values.rounds),
    folder: values.folder,
    isJson: values.json,
  };
}

/** A report for people: a Markdown table. */
export function refreshText(rows: readonly RefreshRow[]): string {
  return [
    '| users | embedded | texts | refresh, s (processor) | all anew, s (processor) | ratio (processor) | furthest of vectors |',
    '| ----: | -------: | ----: | ---------------------: | ----------------------: | ----------------: | ------------------: |',
    ...rows.map(
      (row) =>
        `| ${row.users} | ${percent(row.touched / row.users)} | ${row.textsEncoded} | ` +
        `${row.seconds.toFixed(1)} (${row.processorSeconds.toFixed(1)}) | ` +
        `${row.fullSeconds.toFixed(1)} (${row.fullProcessorSeconds.toFixed(1)}) | ` +
        `${row.ratio.toFixed(3)} (${row.processorRatio.toFixed(3)}) | ` +
        `${row.largestDistance.toExponential(1)} of ${row.vectors} |`,
    ),
  ].join('\n');
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
