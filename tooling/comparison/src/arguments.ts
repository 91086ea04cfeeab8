import { parseArgs } from 'node:util';

import { InputError } from '@q-anchor/core';

/** What somebody asks for. */
export interface ComparisonRequest {
  /** The program that starts a Python with the packages. */
  readonly python: string;
  /** Seed of weights and adapters. */
  readonly seed: number;
  /** A folder to leave all files in; none by default. */
  readonly keep: string | undefined;
}

/** The help text. */
export const usage = `Usage: pnpm compare:transformers [--python PROGRAM] [--seed N] [--keep DIR]

Compares token ids, hidden states, logits and adapters with Hugging Face transformers and PEFT, on
random checkpoints of Qwen2, Qwen3 and BERT that both sides read from the same files.

  --python PROGRAM  a Python with tooling/comparison/requirements.txt (default: python3)
  --seed N          another seed, other weights (default: 1)
  --keep DIR        leave all files in this folder; must not be there

Exit codes: 0 all within the tolerance, 1 a miss or a failure, 2 bad usage.
`;

/**
 * What the words of a command line ask for.
 *
 * @returns `'help'` where that was asked for
 * @throws {@link @q-anchor/core#InputError} naming the flag that is wrong
 */
export function requestFrom(args: readonly string[]): ComparisonRequest | 'help' {
  const { python, seed, keep, help } = parsedFlags(args);
  if (help) return 'help';
  if (!/^\d{1,9}$/.test(seed)) {
    throw new InputError({ where: '--seed', expected: 'a whole number', found: `'${seed}'` });
  }
  return { python, seed: Number(seed), keep };
}

function parsedFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((argument) => argument !== '--'), // pnpm hands it on
      options: {
        python: { type: 'string', default: 'python3' },
        seed: { type: 'string', default: '1' },
        keep: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    const found = (cause as Error).message;
    throw new InputError({ where: 'arguments', expected: 'known flags', found }, { cause });
  }
}
