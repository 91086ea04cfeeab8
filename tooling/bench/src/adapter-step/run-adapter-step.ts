import { parseArgs } from 'node:util';

import { oneDirectory, parsed, wholeNumber } from '../arguments.js';
import type { AdapterStepResult, AdapterStepTask } from './adapter-step-here.js';

/** The bench of training adapters, by name. */
export const adapterStepCommand = 'adapter-step';

/** The sub-command that makes this program train adapters and answer with a JSON line. */
export const adapterStepChildCommand = 'adapter-step-child';

/**
 * The command line behind `adapter-step` as what was asked for.
 *
 * @param argv - arguments after `adapter-step`
 * @throws {@link @q-anchor/core#InputError} naming the argument that is wrong
 */
export function adapterStepArgumentsFrom(
  argv: readonly string[],
): AdapterStepTask & { readonly isJson: boolean } {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        batch: { type: 'string', default: '2' },
        tokens: { type: 'string', default: '256' },
        rank: { type: 'string', default: '64' },
        steps: { type: 'string', default: '3' },
        threads: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  return {
    directory: oneDirectory(adapterStepCommand, positionals),
    batch: wholeNumber('--batch', values.batch),
    tokens: wholeNumber('--tokens', values.tokens),
    rank: wholeNumber('--rank', values.rank),
    steps: wholeNumber('--steps', values.steps),
    isJson: values.json,
    ...(values.threads !== undefined && { threads: wholeNumber('--threads', values.threads) }),
  };
}

const millions = (count: number): string => (count / 1e6).toFixed(1);
const size = (megabytes: number): string => `${megabytes.toFixed(0)} MB`;

/** A result for people. */
export function adapterStepText(result: AdapterStepResult): string {
  const { trainedValues, values, losses, firstStepSeconds, stepSeconds } = result;
  const later = stepSeconds === null ? '' : `, later ones ${stepSeconds.toFixed(2)} s`;
  return [
    `trained    ${millions(trainedValues)} of ${millions(values)} million values`,
    `tokens     ${result.sequenceTokens} a user, ${result.prefixTokens} of them the prefix; ${result.batchTokens} in the batch`,
    `compiled   ${size(result.compiledMB)}, ${result.compileSeconds.toFixed(1)} s`,
    `steps      ${size(result.peakMB)}, first ${firstStepSeconds.toFixed(2)} s${later}`,
    `loss       ${losses[0]!.toFixed(4)} at first, ${losses.at(-1)!.toFixed(4)} at step ${losses.length}`,
  ].join('\n');
}
