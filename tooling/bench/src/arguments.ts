import { parseArgs } from 'node:util';

import { InputError } from '@q-anchor/core';

import type { BenchName } from './workloads/default-workloads.js';
import type { QuantisedWeights } from './workloads/workload.js';

/** What the user asked for. */
export interface BenchArguments {
  /** What to time. */
  readonly bench: BenchName;
  /** The command that starts a Python with PyTorch. */
  readonly torch?: string;
  /** Whether the last line on stdout is JSON. */
  readonly isJson: boolean;
  /** Rounds; each runs every contestant once. */
  readonly rounds: number;
  /** Threads of every contestant; their own choice by default. */
  readonly threads?: number;
  /** Integers that a prefix query is timed with too. */
  readonly weights?: QuantisedWeights;
  /** Shapes instead of the standard ones. */
  readonly shapes: readonly string[];
}

/** What `--help` prints. */
export const usage = `Usage: pnpm bench train-step | prefix-query [options]
       pnpm bench backbone DIRECTORY [--weights int8|int4] [--tokens 717] [--query 20]
                  [--rounds 3] [--threads N] [--json]
       pnpm bench adapter-step DIRECTORY [--batch 2] [--tokens 256] [--rank 64] [--steps 3]
                  [--threads N] [--json]
       pnpm bench serving-cost DIRECTORY [--queries 1,2,5,10,20,50] [--tokens 717] [--query 20]
                  [--storage f32,f16,int8] [--rounds 3] [--errors] [--threads N] [--json]
       pnpm bench import [--events 1000000] [--pairs 100000] [--threads 2] [--folder DIR] [--json]
       pnpm bench serving-load [--model DIR] [--seconds 60] [--connections 16] [--users 200]
                  [--events 100] [--threads N] [--json]
       pnpm bench refresh [--users 4000] [--shares 0.1] [--rounds 3] [--folder DIR] [--json]

Times our engine, beside PyTorch where a Python is named: in rounds, one process after the other.
backbone: time and memory of loading a decoder in Hugging Face's form, of reading a prefix and of a
query on it. adapter-step: of training adapters on such a decoder. serving-cost: of requests for a
user's embeddings, prefix cached and not. import: of importing events, made up by SQL, and of building
pairs. refresh: of bringing stored vectors up to date after a day, beside computing all anew.
serving-load: of a server on loopback under steady load, beyond what may wait, and afterwards.

  --torch "COMMAND"  a Python with PyTorch, e.g. "python3"; runs its twin in f32 and bf16
  --json             last line on stdout: {"shapes":[{"shape","oursMs","torchMs","torchBf16Ms",
                     "ratio","ratioBf16","gemmShare","peakMB"}]}
  --rounds N         rounds, default 5
  --weights P        int8 or int4: times prefix queries with such weights too
  --threads N        threads of every contestant; by default each chooses
  --shape S          another shape, may be repeated
                     train-step: batch,length,width,layers,heads,keyValueHeads,vocabulary,feedForward
                     prefix-query: layers,width,heads,keyValueHeads,headSize,feedForward,
                                   prefixTokens,queryTokens,queries
`;

const benches: readonly BenchName[] = ['train-step', 'prefix-query'];

/**
 * A whole number of at least 1.
 *
 * @throws {@link InputError} if the text is none
 */
export function wholeNumber(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InputError({
      where: option,
      expected: 'a whole number of at least 1',
      found: `'${text}'`,
    });
  }
  return value;
}

/**
 * The one directory among the positional arguments.
 *
 * @throws {@link InputError} if there is none or another argument
 */
export function oneDirectory(command: string, positionals: readonly string[]): string {
  const [directory, ...rest] = positionals;
  if (directory !== undefined && rest.length === 0) return directory;
  const found = positionals.length === 0 ? 'nothing' : positionals.join(' ');
  throw new InputError({ where: command, expected: 'one model directory', found });
}

/**
 * The integers that weights are quantised to, if any.
 *
 * @throws {@link InputError} if the text names none
 */
export function quantisedWeights(text: string | undefined): QuantisedWeights | undefined {
  if (text === undefined || text === 'int8' || text === 'int4') return text;
  throw new InputError({ where: '--weights', expected: 'int8 or int4', found: `'${text}'` });
}

/**
 * What a parser of arguments returns.
 *
 * @throws {@link InputError} where it throws, in the parser's words
 */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      { where: 'arguments', expected: 'the ones --help lists', found },
      { cause },
    );
  }
}

/**
 * The command line as what was asked for.
 *
 * @param argv - arguments after the program's name
 * @returns `'help'` where that was asked for
 * @throws {@link InputError} naming the argument that is wrong
 */
export function benchArgumentsFrom(argv: readonly string[]): BenchArguments | 'help' {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        torch: { type: 'string' },
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        threads: { type: 'string' },
        weights: { type: 'string' },
        shape: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) return 'help';
  const [name, ...rest] = positionals;
  const bench = benches.find((known) => known === name);
  if (!bench || rest.length > 0) {
    throw new InputError({
      where: 'what to time',
      expected: benches.join(' or '),
      found: positionals.length > 0 ? `'${positionals.join(' ')}'` : 'nothing',
    });
  }
  const weights = quantisedWeights(values.weights);
  if (weights !== undefined && bench !== 'prefix-query') {
    throw new InputError({ where: '--weights', expected: 'prefix-query', found: bench });
  }
  return {
    bench,
    isJson: values.json,
    rounds: wholeNumber('--rounds', values.rounds),
    shapes: values.shape,
    ...(weights !== undefined && { weights }),
    ...(values.torch !== undefined && { torch: values.torch }),
    ...(values.threads !== undefined && { threads: wholeNumber('--threads', values.threads) }),
  };
}
