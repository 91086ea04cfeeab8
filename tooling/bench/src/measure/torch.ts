import { fileURLToPath } from 'node:url';

import { InputError } from '@q-anchor/core';

import { prefixQueryText, trainStepText } from '../workloads/shape-text.js';
import type { DecoderWorkload } from '../workloads/workload.js';
import { jsonAnswer } from './json-answer.js';
import type { MeasureOptions } from './measure-here.js';
import type { Timing } from './timing.js';

/** Element types the twins run in. */
type TorchType = 'f32' | 'bf16';

/** What answers for PyTorch. */
interface TorchVersion {
  /** PyTorch's version. */
  readonly version: string;
  /** Threads it would use by itself. */
  readonly threads: number;
}

/** Runs the PyTorch twins of workloads. */
export interface Torch {
  /** Which PyTorch the command has. */
  version(): Promise<TorchVersion>;
  /** Times a workload's twin in a process of its own. */
  timing(workload: DecoderWorkload, options: MeasureOptions & { type: TorchType }): Promise<Timing>;
}

const install =
  'Install PyTorch (`python3 -m venv venv && venv/bin/pip install torch`) and name its Python: --torch "venv/bin/python".';

const probe =
  'import json, torch; print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads()}))';

/**
 * A command line as program and arguments; single and double quotes keep blanks together.
 *
 * @throws {@link InputError} if it is empty or a quote is left open
 */
export function commandFrom(text: string): string[] {
  const words = [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word);
  const left = text.replace(/"[^"]*"|'[^']*'/g, '');
  if (words.length === 0 || /["']/.test(left)) {
    throw new InputError({
      where: '--torch',
      expected: 'a command such as "python3"',
      found: `'${text}'`,
    });
  }
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ''),
  );
}

/**
 * The PyTorch twins, run by a Python of the user's.
 *
 * @param command - the command that starts Python
 * @param options - URL of the twins' folder, and a signal that ends a running twin
 */
export function createTorch(
  command: string,
  options: { readonly folder: URL; readonly signal?: AbortSignal },
): Torch {
  const { folder, signal } = options;
  const python = commandFrom(command);
  const ask = (args: readonly string[], what: string): Promise<unknown> =>
    jsonAnswer({
      command: [...python, ...args],
      what,
      fix: install,
      environment: { PYTHONDONTWRITEBYTECODE: '1' },
      ...(signal && { signal }),
    });
  return {
    version: async () => (await ask(['-c', probe], `PyTorch through '${command}'`)) as TorchVersion,
    async timing(workload, { type, runs, threads = 0 }) {
      const [script, shape] = twinOf(workload);
      const settings = ['--dtype', type, '--runs', `${runs}`, '--threads', `${threads}`];
      const args = [fileURLToPath(new URL(script, folder)), shape, ...settings];
      return (await ask(args, `the PyTorch twin of ${workload.name} (${type})`)) as Timing;
    },
  };
}

const twinOf = (workload: DecoderWorkload): readonly [script: string, shape: string] =>
  workload.kind === 'train-step'
    ? ['train_step.py', trainStepText(workload.shape)]
    : ['prefix_query.py', prefixQueryText(workload.shape)];
