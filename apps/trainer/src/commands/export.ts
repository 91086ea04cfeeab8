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
import { openDataset } from '@q-anchor/useru';
import { Command, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { datasetAgreement } from '../export/agreement.js';
import { weightBytes } from '../export/weight-bytes.js';
import { integer } from '../options/parsers.js';
import { loadRun, requireFittingDataset } from '../run/open-run.js';

interface Options extends EngineOptions {
  readonly out: string;
  readonly weights: WeightPrecision;
  readonly blockSize?: '32' | '64' | '128';
  readonly merge?: true;
  readonly data?: string;
  readonly users: number;
  readonly seed: number;
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
      'Write a model for serving, with smaller weights if asked; embeddings that come out too far from those of float32 are refused.',
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
    .option('--data <dataset>', 'a dataset directory: what embeddings are compared on')
    .option('--users <n>', 'users to compare on', integer(1), 200)
    .option('--seed <n>', 'seed of their draw', integer(), 1)
    .option('--force', 'write it even where embeddings are too far off, or are not compared')
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
  const result = await makeDirectoryAtomic(out, {
    overwrite,
    async fill(temporary) {
      const digest = await saveModel(temporary, exported, isQuantised ? {} : { weights });
      const agreement =
        data === undefined ? undefined : await compared([model, temporary], { ...request, data });
      if (agreement) checkAgreement(agreement, request);
      return { digest, agreement, bytes: await weightBytes(temporary) };
    },
  });
  report({ ...result, before: await weightBytes(directory) }, request);
}

const blockSizeOf = ({ blockSize }: Options): Pick<QuantiseModelOptions, 'blockSize'> =>
  blockSize === undefined ? {} : { blockSize: Number(blockSize) as 32 | 64 | 128 };

/** Embeds the same users and queries by both models. */
async function compared(
  [model, directory]: readonly [LoadedModel, string],
  { context, users, seed, ...options }: Request & { readonly data: string },
): Promise<EmbeddingAgreement> {
  await using dataset = await openDataset(options.data);
  requireFittingDataset(model, dataset.info);
  await using engine = await openEngine(options, context);
  const progress = context.progress('Comparing', { unit: 'users' });
  return await datasetAgreement(dataset, {
    engine,
    models: [model, await openModel(directory)],
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

interface Exported {
  readonly digest: string;
  readonly agreement: EmbeddingAgreement | undefined;
  /** Bytes of its weights. */
  readonly bytes: number;
  /** Bytes of the weights it was made of. */
  readonly before: number;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function report({ digest, agreement, bytes, before }: Exported, request: Request): void {
  const { context, out, weights, json: isJson = false } = request;
  if (isJson) {
    context.print(JSON.stringify({ weights, bytes, bytesBefore: before, digest, agreement }));
    return;
  }
  context.print(`${weights} weights in ${out}: ${megabytes(bytes)}, before ${megabytes(before)}`);
  if (!agreement) return;
  const { count, mean, low, worst } = agreement;
  context.print(
    `cosine to float32 over ${count} embeddings: mean ${mean.toFixed(6)}, ` +
      `99 in 100 at least ${low.toFixed(6)}, lowest ${worst.toFixed(6)}`,
  );
}
