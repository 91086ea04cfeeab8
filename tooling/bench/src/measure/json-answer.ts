import { spawn } from 'node:child_process';

import { UnavailableError } from '@q-anchor/core';

/** A process to run. */
export interface ProcessCall {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** What it is to the user, for errors. */
  readonly what: string;
  /** What to do where it fails. */
  readonly fix: string;
  /** Variables to set beside the inherited ones. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** The last lines of what a failed process wrote, where the reason usually stands. */
const tailOf = (text: string): string => text.trim().split('\n').slice(-4).join(' | ');

/**
 * Runs a process and reads the JSON on the last line of its output.
 *
 * @throws {@link UnavailableError} if it can't start, fails, or answers something else
 */
export async function jsonAnswer({
  command,
  what,
  fix,
  environment = {},
  signal,
}: ProcessCall): Promise<unknown> {
  const [program, ...args] = command as [string, ...string[]];
  const { code, out, err } = await new Promise<{ code: number | null; out: string; err: string }>(
    (resolve, reject) => {
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment },
        ...(signal && { signal }),
      });
      const said = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
      child.on('error', reject);
      child.on('close', (exitCode) => resolve({ code: exitCode, ...said }));
    },
  ).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnavailableError(what, reason, fix, { cause: error });
  });
  if (code !== 0) {
    throw new UnavailableError(what, `exit code ${code}: ${tailOf(err) || tailOf(out)}`, fix);
  }
  try {
    return JSON.parse(out.trim().split('\n').at(-1)!);
  } catch (cause) {
    throw new UnavailableError(what, `it answered '${tailOf(out)}', no JSON`, fix, { cause });
  }
}
