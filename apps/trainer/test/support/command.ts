import { spawn, type ChildProcess } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { runCommandLine } from '../../src/command-line.js';

/** How a command line ended and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function collector(): { readonly stream: Writable; text(): string } {
  const parts: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      parts.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => parts.join('') };
}

/** Runs a command line in this process. */
export async function qAnchor(args: readonly string[], signal?: AbortSignal): Promise<Outcome> {
  const stdout = collector();
  const stderr = collector();
  const code = await runCommandLine(args, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: signal ?? new AbortController().signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Runs a command line in a process of its own, from the sources. */
export function qAnchorProcess(args: readonly string[]): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--conditions=@q-anchor/source',
      '--import',
      pathOf('register-typescript.mjs'),
      pathOf('../../src/main.ts'),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

/** Options of a decoder without a backbone, and its tokenizer, made in no time. */
export const tinyDecoder: readonly string[] = [
  '--vocabulary',
  '400',
  '--width',
  '16',
  '--layers',
  '1',
  '--heads',
  '2',
  '--kv-heads',
  '1',
  '--feed-forward',
  '24',
  '--tokenizer-users',
  '10',
];

/** Options of a model that trains in no time. */
export const tinyModel: readonly string[] = [
  ...tinyDecoder,
  '--event-width',
  '12',
  '--head-hidden',
  '16',
  '--head-output',
  '8',
  '--batch-users',
  '4',
  '--future-pairs',
  '2',
  '--uqa-pairs',
  '1',
  '--threads',
  '1',
  '--validation-users',
  '4',
];
