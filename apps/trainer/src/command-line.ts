import { InputError } from '@q-anchor/core';
import { Command, CommanderError } from 'commander';

import { BrokenPipeError, brokenPipeExitCode } from './broken-pipe.js';
import { askCommand } from './commands/ask.js';
import { attentionCommand } from './commands/attention.js';
import { doctorCommand } from './commands/doctor.js';
import { embedCommand } from './commands/embed.js';
import { evaluateCommand } from './commands/evaluate.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { pairsReportCommand } from './commands/pairs-report.js';
import { pairsCommand } from './commands/pairs.js';
import { pretrainCommand } from './commands/pretrain.js';
import { pullCommand } from './commands/pull.js';
import { reproduceCommand } from './commands/reproduce.js';
import { refreshCommand } from './commands/refresh.js';
import { reportCommand } from './commands/report.js';
import { simulateCommand } from './commands/simulate.js';
import { tuneCommand } from './commands/tune.js';
import {
  InterruptedError,
  type CommandContext,
  type CommandIo,
  type CommonOptions,
} from './context.js';
import { createLog } from './display/log.js';
import { createProgress } from './display/progress.js';
import { interruptedExitCode } from './interruption.js';
import type { CommandRunner } from './reproduce/run-steps.js';

/** Makes the context of a command from its parsed options. */
export type ContextFactory = (command: Command) => CommandContext;

const commands = [
  importCommand,
  pairsCommand,
  pairsReportCommand,
  simulateCommand,
  pretrainCommand,
  tuneCommand,
  embedCommand,
  refreshCommand,
  askCommand,
  evaluateCommand,
  attentionCommand,
  reportCommand,
  exportCommand,
  pullCommand,
  doctorCommand,
];

/**
 * Runs one command line.
 *
 * @param args - the words after the command's own name
 * @param io - streams and the signal to stop
 * @returns the exit code: 0 done, 1 failed, 2 bad usage or bad input, 130 stopped by a signal, 141 left by the reader
 */
export async function runCommandLine(args: readonly string[], io: CommandIo): Promise<number> {
  const program = createProgram(io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { verbose: isVerbose = false } = program.opts<CommonOptions>();
    const log = createLog(io.stderr, { isQuiet: false });
    if (io.signal.reason instanceof BrokenPipeError) return brokenPipeExitCode;
    if (io.signal.aborted) {
      log.warn(error instanceof InterruptedError ? error.message : 'Stopped');
      return interruptedExitCode;
    }
    log.error(isVerbose ? stackOf(error) : messageOf(error));
    return InputError.isInstance(error) ? 2 : 1;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

function createProgram(io: CommandIo): Command {
  const contextOf: ContextFactory = (command) => {
    const { quiet: isQuiet = false } = command.optsWithGlobals<CommonOptions>();
    return {
      signal: io.signal,
      log: createLog(io.stderr, { isQuiet }),
      write: (text) => io.stdout.write(text),
      print: (text) => io.stdout.write(`${text}\n`),
      progress: (label, { unit }) => createProgress(io.stderr, { label, unit, isQuiet }),
    };
  };
  const program = new Command('q-anchor')
    .description('Query-as-Anchor user embeddings: data, pre-training, embedding, evaluation.')
    .option('--quiet', 'no progress, no logs but warnings')
    .option('--verbose', 'stack traces of errors')
    .helpCommand(true)
    .showHelpAfterError('(--help shows the options)');
  for (const create of commands) program.addCommand(create(contextOf));
  // Its steps are command lines themselves.
  const runCommand: CommandRunner = (args, stdout) => runCommandLine(args, { ...io, stdout });
  program.addCommand(reproduceCommand(contextOf, { runCommand }));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(text),
      });
  }
  return program;
}
