import { commandResult } from './run.js';

const { exitCode, stdout, stderr } = await commandResult(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
