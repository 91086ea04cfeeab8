#!/usr/bin/env node
import { pino } from 'pino';

import { runCommandLine } from './command-line.js';

const stop = new AbortController();
const onStop = (): void => {
  // A second one ends at once.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
};
process.on('SIGTERM', onStop).on('SIGINT', onStop);
const logs = pino.destination({ dest: 2, sync: false });
process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  logs,
  signal: stop.signal,
  onReload: (reload) => process.on('SIGHUP', reload),
});
logs.flushSync();
