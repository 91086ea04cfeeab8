import type { Writable } from 'node:stream';

import { createConsola } from 'consola';

/** Messages for people. */
export interface Log {
  /** What happens. */
  info(text: string): void;
  /** What the user should know before trusting the result. */
  warn(text: string): void;
  /** Why a command ended. */
  error(text: string): void;
}

/** Messages on a stream, stderr as a rule: stdout is for results. */
export function createLog(
  stream: Writable & { readonly isTTY?: boolean },
  { isQuiet }: { readonly isQuiet: boolean },
): Log {
  const consola = createConsola({
    level: isQuiet ? 1 : 3,
    stdout: stream as NodeJS.WriteStream,
    stderr: stream as NodeJS.WriteStream,
    fancy: stream.isTTY === true,
    formatOptions: { date: false, colors: stream.isTTY === true },
  });
  return {
    info: (text) => consola.info(text),
    warn: (text) => consola.warn(text),
    error: (text) => consola.error(text),
  };
}
