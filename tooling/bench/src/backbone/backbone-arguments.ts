import { parseArgs } from 'node:util';

import { InputError } from '@q-anchor/core';

import { quantisedWeights, wholeNumber } from '../arguments.js';
import type { LoadArguments } from './run-load.js';

/** The bench of loading, by name. */
export const loadCommand = 'load';

/**
 * The command line behind `load` as what was asked for.
 *
 * @param argv - arguments after `load`
 * @throws {@link InputError} naming the argument that is wrong
 */
export function loadArgumentsFrom(
  argv: readonly string[],
): LoadArguments & { readonly isJson: boolean } {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      weights: { type: 'string' },
      tokens: { type: 'string', default: '717' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [directory, ...rest] = positionals;
  if (directory === undefined || rest.length > 0) {
    const found = positionals.length === 0 ? 'nothing' : positionals.join(' ');
    throw new InputError({ where: 'load', expected: 'one model directory', found });
  }
  const weights = quantisedWeights(values.weights);
  return {
    directory,
    tokens: wholeNumber('--tokens', values.tokens),
    isJson: values.json,
    ...(weights !== undefined && { weights }),
    ...(values.threads !== undefined && { threads: wholeNumber('--threads', values.threads) }),
  };
}
