import type { Writable } from 'node:stream';

import type { Log } from './display/log.js';
import type { Progress } from './display/progress.js';

/** What a command line talks to. */
export interface CommandIo {
  /** Gets results, nothing else. */
  readonly stdout: Writable;
  /** Gets logs and progress. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Aborts when the user wants to stop. */
  readonly signal: AbortSignal;
}

/** What a command works with. */
export interface CommandContext {
  /** Aborts when the user wants to stop. */
  readonly signal: AbortSignal;
  /** Messages for people. */
  readonly log: Log;
  /** Writes a part of a result, without an end of line. */
  write(text: string): void;
  /** Prints a result. */
  print(text: string): void;
  /** Starts to show how far something has come. */
  progress(label: string, options: { readonly unit: string }): Progress;
}

/** Options that every command has. */
export interface CommonOptions {
  /** No logs but warnings, no progress. */
  readonly quiet?: boolean;
  /** Stack traces of errors. */
  readonly verbose?: boolean;
}

/** A command was stopped by a signal; what could be saved is saved. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}
