#!/usr/bin/env node
import { runCommandLine } from './command-line.js';
import { interruptionSignal } from './interruption.js';

const interruption = interruptionSignal(process);
process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
});
interruption.stop();
