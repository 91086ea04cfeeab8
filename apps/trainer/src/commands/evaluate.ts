import { availableParallelism } from 'node:os';

import { InputError, writeFileAtomic } from '@q-anchor/core';
import { openDataset } from '@q-anchor/useru';
import { Command } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { baselineFeatures } from '../evaluate/baselines/baseline-features.js';
import { baselineOption, type BaselineName } from '../evaluate/baselines/baseline-names.js';
import { embedUsers } from '../evaluate/embed-users.js';
import { runEvaluationFile } from '../evaluate/evaluation-file.js';
import { keepEvaluation } from '../evaluate/keep-evaluation.js';
import {
  evaluateScenarios,
  evaluationQueries,
  type ScenarioEvaluation,
} from '../evaluate/evaluate-scenarios.js';
import { evaluationSet } from '../evaluate/evaluation-set.js';
import { isOnRequest, type RowName } from '../evaluate/rows/row-names.js';
import { createRowThreads } from '../evaluate/threads/row-threads.js';
import { evaluationJson, evaluationText, slicesText } from '../evaluate/report-text.js';
import { evaluateSlices } from '../evaluate/slices.js';
import { ownRows, rowOption } from '../evaluate/row-option.js';
import { untrainedParameters } from '../evaluate/untrained-parameters.js';
import { collected, integer } from '../options/parsers.js';
import { openRun, requireFittingDataset } from '../run/open-run.js';
import { scenarioArtefacts } from '../scenarios/artefacts.js';

interface Options extends EngineOptions {
  readonly data: string;
  readonly scenario?: readonly string[];
  readonly slice?: string;
  readonly rows?: readonly RowName[];
  readonly untuned?: true;
  readonly baselines?: readonly BaselineName[];
  readonly baselineSteps?: number;
  readonly baselineUsers?: number;
  readonly resamples: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly save?: string;
  readonly details?: string;
  readonly projectedUsers: number;
}

/** Rows of the parameters training started from. */
const untrainedRows = [
  'randomEncoder',
  'randomEncoderBesideHand',
  'randomEncoderSideBySide',
] as const;

/** `q-anchor evaluate`. */
export function evaluateCommand(contextOf: ContextFactory): Command {
  const command = new Command('evaluate')
    .description(
      'Probe a run’s frozen embeddings: strength chosen on validation users, or fold by fold where ' +
        'references have folds, AUC and KS on test; beside no query, an untrained encoder, and the ' +
        'profile’s columns; where the run has a scenario’s artefact, also by its tuned prompts and ' +
        'its prototypes.',
    )
    .argument('<run>', 'a run, or a model directory (without the untrained encoder)')
    .requiredOption('--data <dataset>', 'a dataset directory with scenarios')
    .option('--scenario <name>', 'a scenario, may be given several times (default: all)', collected)
    .option(
      '--rows <name...>',
      `only these rows beside baselines: ${ownRows.join(', ')} (default: all there are but those ` +
        'beside hand features or side by side)',
      rowOption,
    )
    .option('--untuned', 'leave out tuned prompts and prototypes')
    .option(
      '--baselines <name...>',
      'also baselines: all, or some of gradientBoostedTrees, meanEvents, meanEventsUntrained, ' +
        'verbalisedProfile, contrastiveStatic, nextEvent (the last two are trained)',
      baselineOption,
    )
    .option('--baseline-steps <n>', 'steps of trained baselines (default: the run’s)', integer(1))
    .option(
      '--baseline-users <n>',
      'users a batch of trained baselines (default: the run’s)',
      integer(2),
    )
    .option('--slice <column>', 'also by the levels of a profile column')
    .option('--resamples <n>', 'bootstrap resamples of the intervals', integer(2), 500)
    .option('--seed <n>', 'seed of the resampling', integer(), 1)
    .option('--json', 'print the result as one line of JSON')
    .option('--save <file>', 'also write that line to a file')
    .option(
      '--details <file>',
      'where everything a report shows goes (default: evaluation.json of the run)',
    )
    .option(
      '--projected-users <n>',
      'test users whose embeddings are laid out in the plane for a report, 0 for none',
      integer(),
      300,
    );
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nExamples:\n  q-anchor evaluate run --data simulated' +
        '\n  q-anchor evaluate run --data simulated --scenario takeout --slice city_size --json',
    )
    .action((run: string, options: Options, self: Command) =>
      evaluateAction(run, { ...options, context: contextOf(self) }),
    );
}

async function evaluateAction(
  run: string,
  options: Options & { readonly context: CommandContext },
): Promise<void> {
  const { context, seed, resamples, slice } = options;
  const { model, directory, config: runConfig } = await openRun(run);
  await using dataset = await openDataset(options.data);
  requireFittingDataset(model, dataset.info);
  const set = await evaluationSet(dataset, options.scenario ?? []);
  for (const text of set.skipped) context.log.warn(text);
  const names = options.untuned === true ? [] : set.scenarios.map(({ name }) => name);
  const artefacts = await scenarioArtefacts({ model, directory }, names);
  for (const artefact of artefacts.values()) {
    if (artefact.dataset.digest === dataset.info.digest) continue;
    context.log.warn(
      `Scenario ${artefact.scenario} was tuned on another dataset, ${artefact.dataset.name}: if its ` +
        'training users are among the test users here, the rows promptTuned are too good',
    );
  }
  await using engine = await openEngine(options, context);
  const isWanted = (row: RowName): boolean => options.rows?.includes(row) ?? !isOnRequest(row);
  const untrained = runConfig && (await untrainedParameters(model, { run, seed: runConfig.seed }));
  const started = performance.now();
  const embedding = context.progress('Embedding', { unit: 'users' });
  const embedded = await embedUsers(dataset, {
    engine,
    model,
    parameters: [
      model.parameters,
      ...(untrained && untrainedRows.some(isWanted) ? [untrained] : []),
    ],
    references: set.references,
    queries: evaluationQueries(set),
    prompted: [...artefacts.values()],
    signal: context.signal,
    onProgress: (done, total) => embedding.update(done, total),
  }).finally(() => embedding.stop());
  const embeddingSeconds = (performance.now() - started) / 1000;
  context.signal.throwIfAborted();
  const baselines = await baselineFeatures(dataset, options.baselines ?? [], {
    engine,
    model,
    untrained,
    run: runConfig,
    set,
    training: { steps: options.baselineSteps, batchUsers: options.baselineUsers },
    seed,
    context,
  });
  await using solver = createRowThreads({
    threads: options.threads ?? availableParallelism(),
    signal: context.signal,
  });
  const probing = context.progress('Probing', { unit: 'rows' });
  const evaluations = await evaluateScenarios(set, {
    solver,
    embedded,
    artefacts,
    baselines,
    isWanted,
    signal: context.signal,
    seed,
    resamples,
    onProgress: (done, total) => probing.update(done, total),
  }).finally(() => probing.stop());
  requireRows(evaluations, options.rows);
  const isJson = options.json === true;
  if (!isJson) context.print(evaluationText(evaluations));
  const slices =
    slice === undefined
      ? undefined
      : evaluateSlices(evaluations, { column: slice, tabular: embedded.tabular });
  if (slices && slice !== undefined) {
    context.print(isJson ? JSON.stringify({ slices }) : `\n${slicesText(slices, slice)}`);
  }
  const line = evaluationJson(evaluations);
  if (options.save !== undefined) await writeFileAtomic(options.save, `${line}\n`);
  if (isJson) context.print(line);
  const details = options.details ?? (runConfig && runEvaluationFile(run));
  if (details === undefined) return;
  await keepEvaluation(details, {
    evaluations,
    model,
    dataset: dataset.info,
    settings: { seed, resamples },
    embedding: {
      users: set.references.length,
      questions:
        1 + [...set.scenarios, ...artefacts.values()].flatMap(({ queries }) => queries).length,
      parameterSets: embedded.embeddings.length,
      seconds: embeddingSeconds,
    },
    projectedUsers: options.projectedUsers,
    ...(slices && slice !== undefined && { slices: { column: slice, rows: slices } }),
    context,
  });
}

/** Sees that the rows that were asked for are there for every scenario. */
function requireRows(
  evaluations: readonly ScenarioEvaluation[],
  asked: readonly RowName[] = [],
): void {
  const bare = evaluations.find(({ rows }) => Object.keys(rows).length === 0);
  if (!bare) return;
  throw new InputError({
    where: '--rows',
    expected: `a row that can be made for ${bare.scenario.name}`,
    found: asked.join(', '),
    fix: 'Tune the scenario first, or ask for other rows',
  });
}
