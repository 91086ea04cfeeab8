import { join } from 'node:path';

import { createRandom, InputError, writeFileAtomic, type Split } from '@q-anchor/core';
import { openDataset, type Dataset, type ReferencePoint } from '@q-anchor/useru';
import { Command, Option } from 'commander';

import { userReference } from '../ask/user-reference.js';
import { askedAttention } from '../attention/asked-attention.js';
import { attentionJson } from '../attention/attention-json.js';
import { attentionText } from '../attention/attention-text.js';
import { readAttention } from '../attention/read-attention.js';
import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { collected, integer, number } from '../options/parsers.js';
import { openRun, requireFittingDataset } from '../run/open-run.js';
import { scenarioArtefacts } from '../scenarios/artefacts.js';

interface Options extends EngineOptions {
  readonly data: string;
  readonly query?: readonly string[];
  readonly scenario?: readonly string[];
  readonly users: number;
  readonly split: Split;
  readonly user?: string;
  readonly at?: number;
  readonly events: number;
  readonly seed: number;
  readonly json?: true;
  readonly save?: string;
}

/** `q-anchor attention`. */
export function attentionCommand(contextOf: ContextFactory): Command {
  const command = new Command('attention')
    .description(
      'Where the attention of <|user_emb|> goes: to the user token, each modality’s summary token, events ' +
        'and markers, prompts, the question, itself; averaged over users, layers and heads, before and after ' +
        'tuning where the run has a scenario’s artefact. It tells where a model looks, not what an ' +
        'embedding is made of.',
    )
    .argument('<run>', 'a run, or a model directory')
    .requiredOption('--data <dataset>', 'a dataset directory')
    .option('--query <text>', 'a question, may be given several times; "" asks nothing', collected)
    .option(
      '--scenario <name>',
      'a scenario, may be given several times (default without --query: all); several questions of one are averaged, after tuning it is the one that was tuned',
      collected,
    )
    .option('--users <n>', 'users that are averaged at most, drawn at random', integer(1), 200)
    .addOption(
      new Option('--split <name>', 'where they are drawn from')
        .choices(['train', 'validation', 'test'])
        .default('test'),
    )
    .option('--user <id>', 'also the events of this user that got most')
    .option(
      '--at <day>',
      'that user’s reference time, in days (default: the newest)',
      number(-Infinity),
    )
    .option('--events <n>', 'how many events', integer(1), 10)
    .option('--seed <n>', 'seed of the draw', integer(), 1)
    .option('--json', 'print the result as one line of JSON, by layer too')
    .option(
      '--save <file>',
      'where that line goes for q-anchor report (default: attention.json of the run, if scenarios are asked)',
    );
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nExamples:\n  q-anchor attention run --data simulated --scenario takeout' +
        '\n  q-anchor attention run --data simulated --query "What does this user read?" --user u000003',
    )
    .action((run: string, options: Options, self: Command) =>
      attentionAction(run, { ...options, context: contextOf(self) }),
    );
}

async function attentionAction(
  run: string,
  options: Options & { readonly context: CommandContext },
): Promise<void> {
  const { context, user, at, query = [] } = options;
  const { signal } = context;
  const { model, directory, config: runConfig } = await openRun(run);
  await using dataset = await openDataset(options.data);
  requireFittingDataset(model, dataset.info);
  const scenario = options.scenario ?? (query.length > 0 ? [] : allScenarios(dataset));
  const asked = askedAttention(dataset.info.scenarios, {
    queries: query,
    names: scenario,
    artefacts: await scenarioArtefacts({ model, directory }, scenario),
  });
  const references = await drawnReferences(dataset, options);
  const one =
    user === undefined
      ? undefined
      : await userReference(dataset, { user, ...(at !== undefined && { at }) });
  await using engine = await openEngine(options, context);
  const reading = context.progress('Reading attention', { unit: 'users' });
  const outcomes = await readAttention(dataset, {
    engine,
    model,
    asked,
    references,
    user: one,
    count: options.events,
    signal,
    onProgress: (done, total) => reading.update(done, total),
  }).finally(() => reading.stop());
  signal.throwIfAborted();
  const { layers, heads } = model.config.decoder;
  const line = JSON.stringify(attentionJson(outcomes, { users: references.length, layers, heads }));
  if (options.json === true) context.print(line);
  else context.print(outcomes.map(attentionText).join('\n\n'));
  const isKept = runConfig !== undefined && query.length === 0;
  const file = options.save ?? (isKept ? join(run, 'attention.json') : undefined);
  if (file === undefined) return;
  await writeFileAtomic(file, `${line}\n`);
  context.log.info(`Kept for q-anchor report in ${file}`);
}

function allScenarios({ info }: Dataset): readonly string[] {
  if (info.scenarios.length > 0) return info.scenarios.map(({ name }) => name);
  throw new InputError({
    where: `dataset ${info.name}`,
    expected: 'scenarios to ask',
    found: 'none',
    fix: 'Ask a question: --query "..."; for the user as such --query ""',
  });
}

async function drawnReferences(
  dataset: Dataset,
  { split, users, seed }: Pick<Options, 'split' | 'users' | 'seed'>,
): Promise<readonly ReferencePoint[]> {
  const all = await dataset.references({ splits: [split] });
  if (all.length === 0) {
    throw new InputError({
      where: '--split',
      expected: 'a split with users',
      found: `none in ${split} of ${dataset.info.name}`,
    });
  }
  const drawn = new Set(createRandom(seed).fork('attention users').shuffled(all).slice(0, users));
  return all.filter((reference) => drawn.has(reference));
}
