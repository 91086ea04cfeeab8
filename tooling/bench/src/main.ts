import { InputError, QAnchorError } from '@q-anchor/core';

import { benchArgumentsFrom, usage } from './arguments.js';
import { loadArgumentsFrom, loadCommand } from './load/load-arguments.js';
import { loadHere, type LoadTask } from './load/load-here.js';
import { loadChildCommand, loadText, runLoad } from './load/run-load.js';
import { childAnswer, childCommand, createChildMeasurer } from './measure/child.js';
import { createTorch } from './measure/torch.js';
import { jsonLine } from './report/json-line.js';
import { resultTable } from './report/table.js';
import { runBench } from './run-bench.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === childCommand) {
    print(JSON.stringify(await childAnswer(argv[1] ?? '')));
    return;
  }
  if (argv[0] === loadChildCommand) {
    print(JSON.stringify(await loadHere(JSON.parse(argv[1] ?? '') as LoadTask)));
    return;
  }
  if (argv[0] === loadCommand) {
    const { isJson, ...request } = loadArgumentsFrom(argv.slice(1));
    const result = await runLoad(request, import.meta.url);
    print(isJson ? JSON.stringify(result) : loadText(result));
    return;
  }
  const options = benchArgumentsFrom(argv);
  if (options === 'help') {
    print(usage);
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const { signal } = stop;
  const results = await runBench(options, {
    child: createChildMeasurer(import.meta.url, signal),
    ...(options.torch !== undefined && {
      // The same relative path from src/ and from dist/.
      torch: createTorch(options.torch, { folder: new URL('../torch/', import.meta.url), signal }),
    }),
    say,
  });
  if (options.isJson) {
    say(resultTable(results));
    print(jsonLine(results));
  } else print(resultTable(results));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (InputError.isInstance(error)) say(`${error.message}\n\n${usage}`);
  else if (QAnchorError.isInstance(error)) say(error.message);
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = InputError.isInstance(error) ? 2 : 1;
}
