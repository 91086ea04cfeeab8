import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { UnavailableError } from '@q-anchor/core';

const execute = promisify(execFile);

/** A process to run. */
export interface ProcessCall {
  /** What it is to the user, for errors. */
  readonly what: string;
  /** What to do where it fails. */
  readonly fix: string;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/**
 * What a process writes to its standard output.
 *
 * @param command - the program and its arguments
 * @param call - what it is, and what to do where it fails
 * @throws {@link @q-anchor/core#UnavailableError} if it can't start or fails
 */
export async function outputOf(
  [program, ...args]: readonly [string, ...string[]],
  { what, fix, signal }: ProcessCall,
): Promise<string> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  try {
    const options = { env, signal, maxBuffer: 2 ** 26 };
    return (await execute(program, args, options)).stdout;
  } catch (cause) {
    if (signal.aborted) throw cause;
    const { stderr = '', message } = cause as Error & { readonly stderr?: string };
    // The reason usually stands in the last lines.
    const reason = stderr.trim().split('\n').slice(-6).join('\n') || message;
    throw new UnavailableError(what, reason, fix, { cause });
  }
}
