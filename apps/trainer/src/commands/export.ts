import { InputError, makeDirectoryAtomic } from '@q-anchor/core';
import {
  mergedModel,
  openModel,
  quantiseModel,
  requireAgreement,
  saveModel,
  type DualTowerModel,
  type EmbeddingAgreement,
  type LoadedModel,
  type QuantiseModelOptions,
  type WeightPrecision,
} from '@q-anchor/dual-tower';
import { tunedScenarios, type LoadedScenario } from '@q-anchor/prompt-tuning';
import { openDataset } from '@q-anchor/useru';
import { Command, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { datasetAgreement, type DatasetAgreement } from '../export/agreement.js';
import { carryScenarios } from '../export/carry-scenarios.js';
import { exportJson, exportText } from '../export/export-text.js';
import { weightBytes } from '../export/weight-bytes.js';
import { integer } from '../options/parsers.js';
import { loadRun, requireFittingDataset } from '../run/open-run.js';
import { scenarioArtefacts } from '../scenarios/artefacts.js';

interface Options extends EngineOptions {
  readonly out: string;
  readonly weights: WeightPrecision;
  readonly blockSize?: '32' | '64' | '128';
  readonly merge?: true;
  readonly data?: string;
  readonly users: number;
  readonly seed: number;
  readonly scenarios: boolean;
  readonly force?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

interface Request extends Options {
  readonly context: CommandContext;
}

/** `q-anchor export`. */
export function exportCommand(contextOf: ContextFactory): Command {
  const command = new Command('export')
    .description(
      'Write a model for serving, with smaller weights if asked, and with the artefacts of tuned ' +
        'scenarios; embeddings or scores that come out too far from those of float32 are refused.',
    )
    .argument('<run>', 'a run, or a model directory')
    .requiredOption('--out <model>', 'the model directory to write')
    .addOption(
      new Option('--weights <precision>', 'how large weights are stored; int8 and int4 compute so')
        .choices(['f32', 'f16', 'bf16', 'int8', 'int4'])
        .default('f32'),
    )
    .addOption(
      new Option('--block-size <n>', 'numbers of int8 or int4 that share a scale').choices([
        '32',
        '64',
        '128',
      ]),
    )
    .option('--merge', 'put adapters into the weights')
    .option('--data <dataset>', 'a dataset directory: what embeddings and scores are compared on')
    .option('--users <n>', 'users to compare on', integer(1), 200)
    .option('--seed <n>', 'seed of their draw', integer(), 1)
    .option('--no-scenarios', 'leave the artefacts of tuned scenarios behind')
    .option(
      '--force',
      'write it even where embeddings or scores are too far off, or are not compared',
    )
    .option('--overwrite', 'replace what is at --out')
    .option('--json', 'print the result as one line of JSON');
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nExample:\n  q-anchor export run --out served --weights int8 --data simulated',
    )
    .action((run: string, options: Options, self: Command) =>
      exportAction(run, { ...options, context: contextOf(self) }),
    );
}

async function exportAction(run: string, request: Request): Promise<void> {
  const { out, weights, data, force = false, overwrite = false } = request;
  const isQuantised = weights === 'int8' || weights === 'int4';
  if (isQuantised && data === undefined && !force) {
    throw new InputError({
      where: '--data',
      expected: `a dataset to compare the embeddings of ${weights} weights on`,
      found: 'none',
      fix: 'Give one, or --force to go without',
    });
  }
  const { model, directory } = await loadRun(run);
  const plain: DualTowerModel = request.merge ? mergedModel(model) : model;
  const exported = isQuantised ? quantiseModel(plain, { weights, ...blockSizeOf(request) }) : plain;
  const names = request.scenarios ? await tunedScenarios(directory) : [];
  const artefacts = await scenarioArtefacts({ model, directory }, names);
  const result = await makeDirectoryAtomic(out, {
    overwrite,
    async fill(temporary) {
      const digest = await saveModel(temporary, exported, isQuantised ? {} : { weights });
      const agreement =
        data === undefined
          ? undefined
          : await compared([model, temporary], { ...request, data, artefacts });
      if (agreement) checkAgreement(agreement.embeddings, request);
      await carryScenarios(model, temporary, {
        artefacts,
        agreements: agreement?.scenarios,
        weights,
        force,
        log: request.context.log,
      });
      return { digest, agreement, bytes: await weightBytes(temporary) };
    },
  });
  const written = { ...result, out, weights, bytesBefore: await weightBytes(directory), names };
  request.context.print(request.json ? exportJson(written) : exportText(written));
}

const blockSizeOf = ({ blockSize }: Options): Pick<QuantiseModelOptions, 'blockSize'> =>
  blockSize === undefined ? {} : { blockSize: Number(blockSize) as 32 | 64 | 128 };

/** Embeds the same users and queries by both models. */
async function compared(
  [model, directory]: readonly [LoadedModel, string],
  {
    context,
    users,
    seed,
    artefacts,
    ...options
  }: Request & { readonly data: string; readonly artefacts: ReadonlyMap<string, LoadedScenario> },
): Promise<DatasetAgreement> {
  await using dataset = await openDataset(options.data);
  requireFittingDataset(model, dataset.info);
  await using engine = await openEngine(options, context);
  const progress = context.progress('Comparing', { unit: 'users' });
  return await datasetAgreement(dataset, {
    engine,
    models: [model, await openModel(directory)],
    artefacts,
    users,
    seed,
    signal: context.signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
}

/** Refuses what is too far off, or says so where it is forced. */
function checkAgreement(agreement: EmbeddingAgreement, { weights, force, context }: Request): void {
  try {
    requireAgreement(weights, agreement);
  } catch (error) {
    if (force !== true || !InputError.isInstance(error)) throw error;
    context.log.warn(error.message);
  }
}
