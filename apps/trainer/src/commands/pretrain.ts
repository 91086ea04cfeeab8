import { openDataset } from '@q-anchor/useru';
import { Command, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import { InterruptedError, type CommandContext } from '../context.js';
import { readExamples } from '../data/read-examples.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { givenHyperparameters, hyperparameterOptions } from '../options/hyperparameter-options.js';
import { integer } from '../options/parsers.js';
import { presetNames, type PresetName } from '../presets/presets.js';
import type { Origins } from '../pretrain/origins.js';
import { planText, pretrainPlan } from '../pretrain/plan.js';
import { prepareModel } from '../pretrain/prepare.js';
import { requireSameRun, runConfigOf, runRequest } from '../pretrain/request.js';
import { pretrainSettings } from '../pretrain/settings.js';
import { openSources, shapedBy } from '../pretrain/sources.js';
import { trainRun } from '../pretrain/train.js';
import { writeRunConfig } from '../run/run-config.js';
import {
  checkRunDirectory,
  clearRunDirectory,
  hasModel,
  runModelDir,
} from '../run/run-directory.js';

interface Options extends EngineOptions, Origins {
  readonly data: string;
  readonly out: string;
  readonly preset?: PresetName;
  readonly seed?: number;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly checkpointSteps: number;
  readonly validationUsers: number;
}

/** `q-anchor pretrain`. */
export function pretrainCommand(contextOf: ContextFactory): Command {
  const command = new Command('pretrain')
    .description(
      'Pre-train a model on the pairs of a dataset, from random start values or from a backbone.',
    )
    .requiredOption('--data <dataset>', 'a dataset directory with pairs')
    .requiredOption('--out <run>', 'the run directory to make')
    .addOption(
      new Option(
        '--preset <name>',
        'hyperparameters to start from (default: nano; with --backbone: release)',
      ).choices(presetNames),
    )
    .option('--backbone <dir>', 'a Qwen2 or Qwen3 model to begin with, in Hugging Face form')
    .option('--text-encoder <dir>', 'a BERT encoder for event texts, in Hugging Face form')
    .addOption(
      new Option(
        '--text-encoder-pooling <how>',
        'what stands for a text: its first token, or the mean (default: as its directory says, else cls)',
      ).choices(['cls', 'mean']),
    )
    .option('--seed <n>', 'seed of start values, batches and draws (default: 1)', integer())
    .option('--resume', 'go on from the newest checkpoint of --out')
    .option('--overwrite', 'start over if --out is a run already')
    .option('--dry-run', 'print what the run will take, and end')
    .option('--checkpoint-steps <n>', 'steps between checkpoints, 0 for none', integer(), 100)
    .option(
      '--validation-users <n>',
      'validation reference points whose losses are measured at checkpoints, 0 for none',
      integer(),
      256,
    );
  for (const option of [...hyperparameterOptions(), ...engineOptions()]) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nExamples:\n  q-anchor pretrain --data simulated --preset nano --out run' +
        '\n  q-anchor pretrain --data simulated --out run --resume' +
        '\n  q-anchor pretrain --data simulated --out run --steps 600 --rate 5e-4 --dry-run' +
        '\n  q-anchor pretrain --data world --backbone Qwen2.5-0.5B-Instruct --text-encoder gte-base ' +
        '--out run' +
        '\n\nCtrl-C saves a checkpoint; --resume goes on from it as if nothing had happened.',
    )
    .action((options: Options, self: Command) => pretrainAction(options, contextOf(self)));
}

async function pretrainAction(options: Options, context: CommandContext): Promise<void> {
  const { out: runDir, resume: isResumed = false, dryRun: isDryRun = false } = options;
  const { signal, log } = context;
  const given = givenHyperparameters(options as unknown as Record<string, unknown>);
  const request = await runRequest({ ...options, runDir, isResumed, given, origins: options });
  if (request.former !== undefined && (await hasModel(runDir))) {
    log.info(`The run in ${runDir} is complete`);
    return;
  }
  const overwrite = options.overwrite ?? false;
  // Told now rather than after minutes of reading.
  if (!isResumed && !isDryRun) await checkRunDirectory(runDir, { overwrite });
  await using dataset = await openDataset(options.data);
  const { origins, seed } = request;
  const sources = await openSources(origins, { ...request, info: dataset.info, signal });
  const hyperparameters = shapedBy(sources, request.hyperparameters);
  const reading = context.progress('Reading users', { unit: 'users' });
  const examples = await readExamples(dataset, {
    maxUsers: hyperparameters.maxUsers,
    validationUsers: options.validationUsers,
    seed,
    signal,
    onProgress: (done, total) => reading.update(done, total),
  }).finally(() => reading.stop());
  log.info(
    `Fitting profile columns${sources.backbone ? ' and' : ','} value scales` +
      (sources.backbone ? '' : ' and the tokenizer'),
  );
  const { info } = dataset;
  const model = prepareModel(examples.train, { info, hyperparameters, seed, sources });
  const plan = pretrainPlan(examples.train, { model, hyperparameters });
  if (isDryRun) {
    context.print(planText(plan));
    return;
  }
  signal.throwIfAborted();
  await using engine = await openEngine(options, context);
  const config = runConfigOf(request, { info: dataset.info, model, plan });
  if (request.former === undefined) {
    await clearRunDirectory(runDir, { overwrite });
    await writeRunConfig(runDir, config);
  } else requireSameRun(runDir, { former: request.former, config });

  for (const line of planText(plan).split('\n')) log.info(line);
  const training = context.progress('Training', { unit: 'steps' });
  const settings = pretrainSettings(hyperparameters, {
    seed,
    checkpointSteps: options.checkpointSteps,
  });
  const { step, isComplete } = await trainRun(engine, {
    runDir,
    model,
    examples,
    settings,
    isResumed,
    signal,
    onProgress: ({ step: done, steps, loss, accuracy, tokens, seconds }) =>
      training.update(
        done,
        steps,
        `loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}, ` +
          `${Math.round(tokens / seconds)} tokens/s`,
      ),
    onValidation: (done, { loss, accuracy }) =>
      log.info(`Step ${done}: validation loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`),
  }).finally(() => training.stop());
  if (!isComplete) {
    throw new InterruptedError(
      `Stopped after step ${step}; a checkpoint is saved. Go on with --resume`,
    );
  }
  context.print(`Model in ${runModelDir(runDir)}`);
}
