import { checkStaleness } from '@q-anchor/kv-serving';
import { openUserHistory } from '@q-anchor/useru';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { embeddingQueries } from '../embed/embedding-queries.js';
import { openEmbedder } from '../embed/open-embedder.js';
import { engineOptions, type EngineOptions } from '../engine.js';
import { collected, integer, number } from '../options/parsers.js';
import { refreshText } from '../refresh/refresh-text.js';
import { refreshVectors } from '../refresh/refresh-vectors.js';
import { openRun, requireFittingDataset } from '../run/open-run.js';
import { scenarioArtefacts } from '../scenarios/artefacts.js';

interface Options extends EngineOptions {
  readonly data: string;
  readonly delta?: readonly string[];
  readonly out: string;
  readonly at: number;
  readonly query?: readonly string[];
  readonly scenario?: readonly string[];
  readonly untuned?: true;
  readonly staleDays: number;
  readonly stepDays: number;
  readonly shardUsers: number;
  readonly json?: true;
}

/** `q-anchor refresh`. */
export function refreshCommand(contextOf: ContextFactory): Command {
  const command = new Command('refresh')
    .description(
      'Bring stored vectors up to date: only users who changed are embedded, only new event texts encoded.',
    )
    .argument('<run>', 'a run, or a model directory')
    .requiredOption('--data <dataset>', 'a dataset directory')
    .option(
      '--delta <dataset>',
      'a dataset directory of later days; what it repeats counts once. May be given several times',
      collected,
    )
    .requiredOption('--out <folder>', 'where vectors are kept; what is there is gone on from')
    .requiredOption(
      '--at <day>',
      'the time now in days on the events’ axis: events before it are seen',
      number(-Infinity),
    )
    .option('--query <text>', 'a question, may be given several times; "" asks nothing', collected)
    .option('--scenario <name>', 'a scenario, may be given several times', collected)
    .option('--untuned', 'scenarios by their questions, whatever was tuned')
    .option(
      '--stale-days <n>',
      'users without new events lag behind --at by less than so many days; 1: nobody does',
      number(),
      7,
    )
    .option('--step-days <n>', 'reference times are multiples of so many days', number(), 1)
    .option('--shard-users <n>', 'users of a shard', integer(1), 100_000)
    .option('--json', 'print what was done as JSON');
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nExample:\n  q-anchor refresh run --data base --delta monday --at 20240 --query "" --out vectors',
    )
    .action((run: string, options: Options, self: Command) =>
      refreshAction(run, { ...options, context: contextOf(self) }),
    );
}

async function refreshAction(
  run: string,
  options: Options & { readonly context: CommandContext },
): Promise<void> {
  const { context, data, delta = [], at, scenario: names = [] } = options;
  const [startedAt, processor] = [performance.now(), process.cpuUsage()];
  const staleness = { staleDays: options.staleDays, stepDays: options.stepDays };
  checkStaleness(staleness);
  const { model, directory } = await openRun(run);
  await using history = await openUserHistory([data, ...delta]);
  const { info } = history;
  requireFittingDataset(model, info);
  const artefacts =
    options.untuned === true
      ? new Map<never, never>()
      : await scenarioArtefacts({ model, directory }, names);
  const asked = embeddingQueries(info.scenarios, {
    queries: options.query ?? [],
    names,
    artefacts,
  });
  const progress = context.progress('Refreshing', { unit: 'users' });
  const total = (await history.userIds()).length;
  let done = 0;
  try {
    const counts = await refreshVectors(options.out, {
      history,
      model,
      asked,
      nowDays: at,
      staleness,
      shardUsers: options.shardUsers,
      openEmbedder: (textCache) => openEmbedder(options, { model, asked, context, textCache }),
      signal: context.signal,
      onUsers: (users) => progress.update((done += users), total),
      onNote: (note) => context.log.info(note),
    });
    const seconds = (performance.now() - startedAt) / 1000;
    progress.stop();
    context.print(
      options.json === true
        ? JSON.stringify({ ...counts, seconds, processorSeconds: secondsSince(processor) })
        : refreshText(counts, { seconds, modalities: info.modalities.length }),
    );
  } finally {
    progress.stop();
  }
}

/** Processor seconds of all threads since a reading. */
function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
