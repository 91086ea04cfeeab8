import { parseArgs } from 'node:util';

import { oneDirectory, parsed, quantisedWeights, wholeNumber } from '../arguments.js';
import type { BackboneArguments } from './run-backbone.js';

/** The bench of loading and reading a decoder, by name. */
export const backboneCommand = 'backbone';

/**
 * The command line behind `backbone` as what was asked for.
 *
 * @param argv - arguments after `backbone`
 * @throws {@link @q-anchor/core#InputError} naming the argument that is wrong
 */
export function backboneArgumentsFrom(
  argv: readonly string[],
): BackboneArguments & { readonly isJson: boolean } {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        weights: { type: 'string' },
        tokens: { type: 'string', default: '717' },
        query: { type: 'string', default: '20' },
        rounds: { type: 'string', default: '3' },
        threads: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  const weights = quantisedWeights(values.weights);
  return {
    directory: oneDirectory(backboneCommand, positionals),
    tokens: wholeNumber('--tokens', values.tokens),
    query: wholeNumber('--query', values.query),
    rounds: wholeNumber('--rounds', values.rounds),
    isJson: values.json,
    ...(weights !== undefined && { weights }),
    ...(values.threads !== undefined && { threads: wholeNumber('--threads', values.threads) }),
  };
}
