import { parseArgs } from 'node:util';

import { InputError } from '@q-anchor/core';
import type { StoragePrecision } from '@q-anchor/dual-tower';

import { oneDirectory, parsed, wholeNumber } from '../arguments.js';
import type { CostTask } from './cost-here.js';

/** The bench of serving on cached prefixes, by name. */
export const servingCostCommand = 'serving-cost';

/** What the bench is asked for. */
export interface ServingCostArguments extends Omit<CostTask, 'storage'> {
  /** How keys and values are kept, one after the other. */
  readonly storages: readonly StoragePrecision[];
  /** Whether errors of storage are measured too. */
  readonly hasErrors: boolean;
}

const known = ['f32', 'f16', 'int8'] as const;

function storagesIn(text: string): StoragePrecision[] {
  return text.split(',').map((name) => {
    const storage = known.find((one) => one === name);
    if (storage) return storage;
    throw new InputError({ where: '--storage', expected: known.join(', '), found: `'${name}'` });
  });
}

/**
 * The command line behind `serving-cost` as what was asked for.
 *
 * @param argv - arguments after `serving-cost`
 * @throws {@link InputError} naming the argument that is wrong
 */
export function servingCostArgumentsFrom(
  argv: readonly string[],
): ServingCostArguments & { readonly isJson: boolean } {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        tokens: { type: 'string', default: '717' },
        query: { type: 'string', default: '20' },
        queries: { type: 'string', default: '1,2,5,10,20,50' },
        storage: { type: 'string', default: 'f32' },
        rounds: { type: 'string', default: '3' },
        threads: { type: 'string' },
        errors: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  return {
    directory: oneDirectory(servingCostCommand, positionals),
    tokens: wholeNumber('--tokens', values.tokens),
    query: wholeNumber('--query', values.query),
    queries: values.queries.split(',').map((count) => wholeNumber('--queries', count)),
    storages: storagesIn(values.storage),
    rounds: wholeNumber('--rounds', values.rounds),
    hasErrors: values.errors,
    isJson: values.json,
    ...(values.threads !== undefined && { threads: wholeNumber('--threads', values.threads) }),
  };
}
