import { InputError } from '@q-anchor/core';
import { CommanderError } from 'commander';
import type { DestinationStream } from 'pino';

import { runServer } from './run-server.js';
import { readSettings, type SettingsIo } from './settings/read-settings.js';
import { ownVersion } from './version.js';

/** What the command talks to. */
export interface CommandIo extends SettingsIo {
  /** Gets logs, a JSON line each. */
  readonly logs: DestinationStream;
  /** Aborts when the server is to end. */
  readonly signal: AbortSignal;
  /** Calls back when scenarios are to be loaded again. */
  readonly onReload: (reload: () => void) => void;
}

/**
 * Runs the server until it is told to end.
 *
 * @param args - the words after the command's own name
 * @returns the exit code: 0 ended, 1 failed, 2 bad usage or bad input
 */
export async function runCommandLine(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const version = await ownVersion();
    const settings = readSettings(args, { version, io });
    const server = await runServer(settings, { version, logs: io.logs });
    io.onReload(() => void server.reload());
    const told = new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      io.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      // A model that can't be loaded ends the server; one that can goes on until it is told.
      await Promise.race([told, server.ready.then(() => told)]);
    } finally {
      await server.drain();
    }
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return InputError.isInstance(error) ? 2 : 1;
  }
}
