import { InputError, type Scenario } from '@q-anchor/core';
import type { DecisionCosts } from '@q-anchor/metrics';
import { saveScenario, scenarioDirectory, type ThresholdOptions } from '@q-anchor/prompt-tuning';
import { openDataset, type Dataset } from '@q-anchor/useru';
import { Command, InvalidArgumentError, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { collected, integer, nameList, number, numberList } from '../options/parsers.js';
import { openRun, requireFittingDataset } from '../run/open-run.js';
import { createPrefixReader } from '../tune/prefix-reader.js';
import { artefactBytes, outcomeJson, outcomeText } from '../tune/outcome-text.js';
import { tuneScenario } from '../tune/tune-scenario.js';
import { tuningLabels, type TuningLabels } from '../tune/tuning-labels.js';
import { tuningMethod, type MethodOptions } from '../tune/tuning-method.js';
import { addTuning, tuningRecord } from '../tune/tuning-log.js';

interface Options extends EngineOptions, MethodOptions {
  readonly data: string;
  readonly scenario: readonly string[];
  readonly costs?: DecisionCosts;
  readonly top: readonly number[];
  readonly maxUsers: number;
  readonly json?: boolean;
}

/** `q-anchor tune`. */
export function tuneCommand(contextOf: ContextFactory): Command {
  const command = new Command('tune')
    .description(
      'Tune soft prompts and class prototypes for scenarios on a run’s frozen model, and fit a probe, ' +
        'calibrations and thresholds; artefacts go into its model directory. They stand before each of ' +
        'a scenario’s questions, whose embeddings are averaged. With --method lora small adapters of the decoder are tuned instead of prompts: ' +
        'for a scenario worth more, since it costs the shared prefix. Each step, and each user later, takes ' +
        'a reading of the prefix for this scenario alone. Several scenarios in one command read the prefixes of ' +
        'the users they share once.',
    )
    .argument('<run>', 'a run, or a model directory')
    .requiredOption('--data <dataset>', 'a dataset directory with scenarios')
    .requiredOption('--scenario <name>', 'a scenario, may be given several times', collected)
    .addOption(
      new Option('--method <name>', 'what is tuned: prompts on a shared prefix, or adapters')
        .choices(['prompt', 'lora'])
        .default('prompt'),
    )
    .option('--tokens <n>', 'soft prompt tokens (default: 6)', integer(1))
    .option('--rank <n>', 'inner size of adapters (default: 4)', integer(1))
    .option('--alpha <x>', 'strength of adapters (default: twice the rank)', number())
    .option(
      '--targets <names>',
      'projections with adapters, separated by commas (default: q_proj,v_proj)',
      nameList,
    )
    .option('--prototypes <n>', 'prototypes of each class', integer(1), 1)
    .option('--steps <n>', 'steps at most', integer(1), 500)
    .option('--batch-users <n>', 'users a step', integer(2), 64)
    .option('--rate <x>', 'highest learning rate (default: 5e-3, with lora 1e-3)', number())
    .addOption(
      new Option('--balance <how>', 'what is done for rare positives')
        .choices(['batch', 'weights', 'none'])
        .default('batch'),
    )
    .option(
      '--costs <acting:missing>',
      'what acting on a negative and missing a positive cost, as 1:20; adds the threshold "cost"',
      decisionCosts,
    )
    .option(
      '--top <percents>',
      'thresholds for the users with the highest scores, in per cent',
      percents,
      [1, 5, 10],
    )
    .option('--max-users <n>', 'users of a split at most, drawn at random', integer(2), 10_000)
    .option('--seed <n>', 'seed of start values and batches', integer(), 1)
    .option('--json', 'print the result as one line of JSON');
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText('after', '\nExample:\n  q-anchor tune run --data simulated --scenario takeout')
    .action((run: string, options: Options, self: Command) =>
      tuneAction(run, { ...options, context: contextOf(self) }),
    );
}

async function tuneAction(
  run: string,
  options: Options & { readonly context: CommandContext },
): Promise<void> {
  const { context } = options;
  const method = tuningMethod(options);
  const { model, directory, config: runConfig } = await openRun(run);
  await using dataset = await openDataset(options.data);
  requireFittingDataset(model, dataset.info);
  const scenarios = [...new Set(options.scenario)].map((name) => scenarioOf(dataset, name));
  for (const { name } of scenarios) scenarioDirectory(directory, name);
  // Whatever a scenario's users lack is told before the first is tuned.
  const labels: TuningLabels[] = [];
  for (const { name } of scenarios) {
    labels.push(await tuningLabels(dataset, { ...options, scenario: name }));
  }
  await using engine = await openEngine(options, context);
  const prefixes = createPrefixReader(engine, { model, dataset, context });
  const results: Record<string, object> = {};
  for (const [i, scenario] of scenarios.entries()) {
    const outcome = await tuneScenario(engine, dataset, {
      model,
      scenario,
      context,
      labels: labels[i]!,
      method,
      prefixes,
      thresholds: thresholdsOf(options),
    });
    await saveScenario(directory, outcome.artefact);
    const place = scenarioDirectory(directory, scenario.name);
    const saved = { ...outcome, directory: place, bytes: await artefactBytes(place) };
    if (runConfig) await addTuning(run, tuningRecord(saved));
    results[scenario.name] = outcomeJson(saved);
    if (options.json !== true) context.print(outcomeText(saved));
  }
  if (options.json === true) context.print(JSON.stringify({ scenarios: results }));
}

const thresholdsOf = ({ costs, top }: Options): ThresholdOptions => ({
  ...(costs && { costs }),
  topShares: top.map((percent) => percent / 100),
});

function scenarioOf({ info }: Dataset, name: string): Scenario {
  const scenario = info.scenarios.find((one) => one.name === name);
  if (scenario) return scenario;
  throw new InputError({
    where: '--scenario',
    expected: `one of ${info.scenarios.map((one) => one.name).join(', ')}`,
    found: `"${name}"`,
  });
}

/** Parses two costs, `1:20`. */
function decisionCosts(text: string): DecisionCosts {
  const [falsePositive, falseNegative, ...rest] = text.split(':').map(number());
  if (falsePositive === undefined || falseNegative === undefined || rest.length > 0) {
    throw new InvalidArgumentError('It must be two numbers with a colon between them.');
  }
  return { falsePositive, falseNegative };
}

/** Parses shares of users in per cent. */
function percents(text: string): readonly number[] {
  const values = numberList(text);
  if (values.some((value) => value > 100)) {
    throw new InvalidArgumentError('It must be numbers of at most 100.');
  }
  return values;
}
