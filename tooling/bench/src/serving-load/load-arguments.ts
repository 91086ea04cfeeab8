import { parseArgs } from 'node:util';

import { InputError } from '@q-anchor/core';

import { parsed, wholeNumber } from '../arguments.js';

/** The bench of a server under load, by name. */
export const servingLoadCommand = 'serving-load';

/** What the bench is asked for. */
export interface ServingLoadRequest {
  /** A model directory; one of random weights in nano's shape by default. */
  readonly model?: string;
  /** Seconds of steady load. */
  readonly seconds: number;
  /** Requests under way at once, under steady load. */
  readonly connections: number;
  /** Users. */
  readonly users: number;
  /** Events of a user. */
  readonly events: number;
  /** Threads of the server's engine; its own choice by default. */
  readonly threads?: number;
}

/**
 * The command line behind `serving-load` as what was asked for.
 *
 * @param argv - arguments after `serving-load`
 * @throws {@link InputError} naming the argument that is wrong
 */
export function servingLoadArgumentsFrom(
  argv: readonly string[],
): ServingLoadRequest & { readonly isJson: boolean } {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        seconds: { type: 'string', default: '60' },
        connections: { type: 'string', default: '16' },
        users: { type: 'string', default: '200' },
        events: { type: 'string', default: '100' },
        threads: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 0) {
    const found = positionals.join(' ');
    throw new InputError({ where: servingLoadCommand, expected: 'options alone', found });
  }
  return {
    seconds: wholeNumber('--seconds', values.seconds),
    connections: wholeNumber('--connections', values.connections),
    users: wholeNumber('--users', values.users),
    events: wholeNumber('--events', values.events),
    isJson: values.json,
    ...(values.model !== undefined && { model: values.model }),
    ...(values.threads !== undefined && { threads: wholeNumber('--threads', values.threads) }),
  };
}
