import { fileURLToPath } from 'node:url';

import { jsonAnswer } from './json-answer.js';

/** A sub-command of this program and its task. */
export interface OwnProcess {
  /** The sub-command; it answers with a JSON line. */
  readonly command: string;
  /** What it is told, as JSON. */
  readonly task: object;
  /** What it is to the user, for errors. */
  readonly what: string;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a sub-command of this program in a fresh process, whose largest size is then that of the task
 * alone, and beside which no idle thread of another measurement spins.
 *
 * @param entry - URL of the file that was started
 * @param call - the sub-command
 * @returns its answer
 */
export const ownProcess = (
  entry: string,
  { command, task, what, signal }: OwnProcess,
): Promise<unknown> =>
  jsonAnswer({
    command: [
      process.execPath,
      ...process.execArgv,
      fileURLToPath(entry),
      command,
      JSON.stringify(task),
    ],
    what,
    fix: 'Run `pnpm build`, and see that there is memory enough.',
    ...(signal && { signal }),
  });
