import { InputError, createRandom, type Scenario } from '@q-anchor/core';
import {
  encodePrefixes,
  modelIdentity,
  saveScenario,
  scenarioDirectory,
  tunePrompt,
  type TuningUsers,
} from '@q-anchor/prompt-tuning';
import { openDataset, type Dataset } from '@q-anchor/useru';
import { Command, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { collected, integer } from '../options/parsers.js';
import { openRun, requireFittingDataset } from '../run/open-run.js';

interface Options extends EngineOptions {
  readonly data: string;
  readonly scenario: readonly string[];
  readonly tokens: number;
  readonly prototypes: number;
  readonly steps: number;
  readonly batchUsers: number;
  readonly rate: string;
  readonly balance: 'batch' | 'weights' | 'none';
  readonly maxUsers: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Users read at a time. */
const batchUsers = 512;

/** `q-anchor tune`. */
export function tuneCommand(contextOf: ContextFactory): Command {
  const command = new Command('tune')
    .description(
      'Tune soft prompts and class prototypes for scenarios on a run’s frozen model; artefacts go ' +
        'into its model directory. They stand before one question: a scenario’s first.',
    )
    .argument('<run>', 'a run, or a model directory')
    .requiredOption('--data <dataset>', 'a dataset directory with scenarios')
    .requiredOption('--scenario <name>', 'a scenario, may be given several times', collected)
    .addOption(new Option('--method <name>', 'what is tuned').choices(['prompt']).default('prompt'))
    .option('--tokens <n>', 'soft prompt tokens', integer(1), 6)
    .option('--prototypes <n>', 'prototypes of each class', integer(1), 1)
    .option('--steps <n>', 'steps at most', integer(1), 500)
    .option('--batch-users <n>', 'users a step', integer(2), 64)
    .option('--rate <x>', 'highest learning rate', '5e-3')
    .addOption(
      new Option('--balance <how>', 'what is done for rare positives')
        .choices(['batch', 'weights', 'none'])
        .default('batch'),
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
  const { signal } = context;
  const { model, directory } = await openRun(run);
  await using dataset = await openDataset(options.data);
  requireFittingDataset(model, dataset.info);
  const scenarios = [...new Set(options.scenario)].map((name) => scenarioOf(dataset, name));
  for (const { name } of scenarios) scenarioDirectory(directory, name);
  await using engine = await openEngine(options, context);
  const results: Record<string, object> = {};
  for (const scenario of scenarios) {
    const started = performance.now();
    const encoding = context.progress(`Encoding for ${scenario.name}`, { unit: 'users' });
    const usersOf = async (split: 'train' | 'validation'): Promise<TuningUsers> => {
      const labels = await labelsOf(dataset, { ...options, scenario, split });
      const profiles = dataset.profiles(labels, { batchSize: batchUsers, signal });
      const onProgress = (done: number): void => encoding.update(done, labels.length);
      const prefixes = await encodePrefixes(engine, { model, profiles, onProgress, signal });
      signal.throwIfAborted();
      return { prefixes, labels: labels.map(({ label }) => label) };
    };
    const users = await (async () => ({
      train: await usersOf('train'),
      validation: await usersOf('validation'),
    }))().finally(() => encoding.stop());
    const encoded = performance.now();
    const tuning = context.progress(`Tuning ${scenario.name}`, { unit: 'steps' });
    const result = await tunePrompt(engine, {
      model,
      query: scenario.queries[0]!,
      ...users,
      settings: settingsOf(options),
      signal,
      onProgress: ({ step, steps, loss }) => tuning.update(step, steps, `loss ${loss.toFixed(3)}`),
    }).finally(() => tuning.stop());
    signal.throwIfAborted();
    const seconds = (performance.now() - started) / 1000;
    const prefixSeconds = (encoded - started) / 1000;
    const { tuned, settings, steps, bestStep, validationLosses } = result;
    const lossAt = (step: number): number =>
      validationLosses.find((one) => one.step === step)!.loss;
    const training = { ...settings, users: users.train.labels.length, stepsDone: steps, bestStep };
    await saveScenario(directory, {
      ...tuned,
      scenario: scenario.name,
      model: modelIdentity(model),
      dataset: { name: dataset.info.name, digest: dataset.info.digest },
      training,
      carried: [],
      scoring: null,
    });
    const losses = { untuned: lossAt(0), tuned: lossAt(bestStep) };
    results[scenario.name] = { steps, bestStep, validationLoss: losses, seconds, prefixSeconds };
    if (options.json === true) continue;
    context.print(
      `${scenario.name}: validation loss ${losses.untuned.toFixed(3)} -> ${losses.tuned.toFixed(3)}, ` +
        `best of ${steps} steps ${bestStep}, ${seconds.toFixed(1)} s ` +
        `(${Math.round((100 * prefixSeconds) / seconds)} % in prefixes), ` +
        `in ${scenarioDirectory(directory, scenario.name)}`,
    );
  }
  if (options.json === true) context.print(JSON.stringify({ scenarios: results }));
}

const settingsOf = (options: Options) => ({
  promptTokens: options.tokens,
  prototypesPerClass: options.prototypes,
  steps: options.steps,
  batchUsers: options.batchUsers,
  peakRate: Number(options.rate),
  warmupSteps: Math.round(options.steps / 20),
  balance: options.balance,
  seed: options.seed,
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

async function labelsOf(
  dataset: Dataset,
  options: {
    readonly scenario: Scenario;
    readonly split: 'train' | 'validation';
    readonly maxUsers: number;
    readonly seed: number;
  },
) {
  const { scenario, split, maxUsers, seed } = options;
  const labels = (await dataset.labels(scenario.name)).filter((one) => one.split === split);
  if (labels.length <= maxUsers) return labels;
  const random = createRandom(seed).fork(`tuning users of ${split}`);
  const kept = new Set(random.shuffled(labels).slice(0, maxUsers));
  return labels.filter((one) => kept.has(one));
}
