#!/usr/bin/env node
import { watchPipes } from './broken-pipe.js';
import { runCommandLine } from './command-line.js';
import { interruptionSignal } from './interruption.js';

const interruption = interruptionSignal(process);
const pipes = watchPipes(process, (reason) => interruption.abort(reason));
const exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
});
// A pipe may break later still: what was written is on its way.
if (!pipes.isBroken) process.exitCode = exitCode;
interruption.stop();
