import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { InputError, QAnchorError } from '@q-anchor/core';

import {
  adapterStepHere,
  type AdapterStepResult,
  type AdapterStepTask,
} from './adapter-step/adapter-step-here.js';
import {
  adapterStepArgumentsFrom,
  adapterStepChildCommand,
  adapterStepCommand,
  adapterStepText,
} from './adapter-step/run-adapter-step.js';
import { benchArgumentsFrom, usage } from './arguments.js';
import { backboneArgumentsFrom, backboneCommand } from './backbone/backbone-arguments.js';
import { backboneText } from './backbone/backbone-result.js';
import { readingChildAnswer, readingChildCommand, runBackbone } from './backbone/run-backbone.js';
import {
  importArgumentsFrom,
  importChildCommand,
  importCommand,
  importText,
  runImport,
} from './import/run-import.js';
import type { StageTask } from './import/stages-here.js';
import { childAnswer, childCommand, createChildMeasurer } from './measure/child.js';
import { ownProcess } from './measure/own-process.js';
import { createTorch } from './measure/torch.js';
import { refreshArgumentsFrom, refreshCommand, refreshText } from './refresh/refresh-arguments.js';
import { jsonLine } from './report/json-line.js';
import { resultTable } from './report/table.js';
import { runBench } from './run-bench.js';
import { servingLoadArgumentsFrom, servingLoadCommand } from './serving-load/load-arguments.js';
import { servingLoadText } from './serving-load/load-text.js';
import { runServingLoad } from './serving-load/run-serving-load.js';
import {
  runServingCost,
  servingCostChildAnswer,
  servingCostChildCommand,
  servingCostText,
} from './serving-cost/run-serving-cost.js';
import {
  servingCostArgumentsFrom,
  servingCostCommand,
} from './serving-cost/serving-cost-arguments.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const isHelp = (argv: readonly string[]): boolean => argv.includes('--help') || argv.includes('-h');

/** Tasks of processes of their own, by sub-command; each answers with a JSON line. */
const childTasks: Readonly<Record<string, (taskText: string) => Promise<unknown>>> = {
  [childCommand]: childAnswer,
  [readingChildCommand]: readingChildAnswer,
  [importChildCommand]: async (text) => {
    const { stageHere } = await import('./import/stages-here.js');
    return stageHere(JSON.parse(text) as StageTask);
  },
  [servingCostChildCommand]: servingCostChildAnswer,
  [adapterStepChildCommand]: (text) => adapterStepHere(JSON.parse(text) as AdapterStepTask),
};

async function main(argv: readonly string[]): Promise<void> {
  const [command = '', ...rest] = argv;
  const childTask = childTasks[command];
  if (childTask) {
    print(JSON.stringify(await childTask(rest[0] ?? '')));
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const { signal } = stop;
  const entry = import.meta.url;
  if (command === backboneCommand && !isHelp(rest)) {
    const { isJson, ...request } = backboneArgumentsFrom(rest);
    const report = await runBackbone(request, { entry, say, signal });
    print(isJson ? JSON.stringify(report) : backboneText(report));
    return;
  }
  if (command === adapterStepCommand && !isHelp(rest)) {
    const { isJson, ...task } = adapterStepArgumentsFrom(rest);
    const what = `training adapters on ${task.directory}`;
    const answer = await ownProcess(entry, {
      command: adapterStepChildCommand,
      task,
      what,
      signal,
    });
    print(isJson ? JSON.stringify(answer) : adapterStepText(answer as AdapterStepResult));
    return;
  }
  if (command === servingCostCommand && !isHelp(rest)) {
    const { isJson, ...request } = servingCostArgumentsFrom(rest);
    const report = await runServingCost(request, { entry, say, signal });
    print(isJson ? JSON.stringify(report) : servingCostText(report));
    return;
  }
  if (command === importCommand && !isHelp(rest)) {
    const { isJson, ...request } = importArgumentsFrom(rest);
    const report = await runImport(request, { entry, say, signal });
    print(isJson ? JSON.stringify(report) : importText(report));
    return;
  }
  if (command === refreshCommand && !isHelp(rest)) {
    const { isJson, ...request } = refreshArgumentsFrom(rest);
    // Loaded here, so that the other benches' processes stay without the database engine.
    const { runRefresh } = await import('./refresh/run-refresh.js');
    const trainer = fileURLToPath(new URL('../../../apps/trainer/dist/main.js', entry));
    const rows = await runRefresh(request, {
      qAnchor: async (args) => {
        const call = [trainer, ...args, '--quiet'];
        return (await promisify(execFile)(process.execPath, call, { signal })).stdout;
      },
      say,
    });
    print(isJson ? JSON.stringify({ rows }) : refreshText(rows));
    return;
  }
  if (command === servingLoadCommand && !isHelp(rest)) {
    const { isJson, ...request } = servingLoadArgumentsFrom(rest);
    const report = await runServingLoad(request, { say, signal });
    print(isJson ? JSON.stringify(report) : servingLoadText(report));
    return;
  }
  const options = benchArgumentsFrom(argv);
  if (options === 'help') {
    print(usage);
    return;
  }
  const results = await runBench(options, {
    child: createChildMeasurer(entry, signal),
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
