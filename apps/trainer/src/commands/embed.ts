import type { Split } from '@q-anchor/core';
import { openDataset, openEmbeddingWriter } from '@q-anchor/useru';
import { Command, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { embeddingQueries } from '../embed/embedding-queries.js';
import { embeddingRows } from '../embed/embedding-rows.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { collected } from '../options/parsers.js';
import { openRun, requireFittingDataset } from '../run/open-run.js';
import { scenarioArtefacts } from '../scenarios/artefacts.js';
import { createAskedEmbedder } from '../scenarios/asked-embedder.js';

interface Options extends EngineOptions {
  readonly data: string;
  readonly out: string;
  readonly query?: readonly string[];
  readonly scenario?: readonly string[];
  readonly untuned?: true;
  readonly split?: Split;
}

/** Users read at a time: enough to put those of like length together. */
const batchUsers = 512;

/** `q-anchor embed`. */
export function embedCommand(contextOf: ContextFactory): Command {
  const command = new Command('embed')
    .description('Embed the users of a dataset for queries; each user is encoded once for all.')
    .argument('<run>', 'a run, or a model directory')
    .requiredOption('--data <dataset>', 'a dataset directory')
    .requiredOption('--out <file>', 'the Parquet file to write; one that is there is replaced')
    .option('--query <text>', 'a question, may be given several times; "" asks nothing', collected)
    .option(
      '--scenario <name>',
      'a scenario, by its tuned prompts where the run has its artefact, else by its questions, several ' +
        'averaged into one row; may be given several times',
      collected,
    )
    .option('--untuned', 'scenarios by their questions, whatever was tuned')
    .addOption(
      new Option('--split <name>', 'reference points of one split (default: all)').choices([
        'train',
        'validation',
        'test',
      ]),
    );
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nExample:\n  q-anchor embed run --data simulated --scenario takeout ' +
        '--query "What does this user read?" --out users.parquet',
    )
    .action((run: string, options: Options, self: Command) =>
      embedAction(run, { ...options, context: contextOf(self) }),
    );
}

async function embedAction(
  run: string,
  options: Options & { readonly context: CommandContext },
): Promise<void> {
  const { context, split, out } = options;
  const { signal } = context;
  const { model, directory } = await openRun(run);
  await using dataset = await openDataset(options.data);
  requireFittingDataset(model, dataset.info);
  const names = options.scenario ?? [];
  const artefacts =
    options.untuned === true
      ? new Map<never, never>()
      : await scenarioArtefacts({ model, directory }, names);
  const asked = embeddingQueries(dataset.info.scenarios, {
    queries: options.query ?? [],
    names,
    artefacts,
  });
  const references = await dataset.references(split === undefined ? {} : { splits: [split] });
  await using engine = await openEngine(options, context);
  await using embedder = await createAskedEmbedder(engine, model, {
    queries: asked.flatMap((one) => (one.artefact ? [] : [one.queries])),
    prompted: asked.flatMap(({ artefact }) => artefact ?? []),
  });
  const { dimensions } = embedder;
  await using writer = await openEmbeddingWriter(out, { dimensions });
  const progress = context.progress('Embedding', { unit: 'users' });
  let done = 0;
  try {
    for await (const profiles of dataset.profiles(references, { batchSize: batchUsers, signal })) {
      const vectors = await embedder.embed(profiles);
      await writer.append(embeddingRows(profiles, { asked, vectors, dimensions }));
      done += profiles.length;
      progress.update(done, references.length);
    }
    signal.throwIfAborted();
    await writer.finish();
  } finally {
    progress.stop();
  }
  context.print(
    `${references.length} users x ${asked.length} queries, ${dimensions} numbers each, in ${out}`,
  );
  for (const { scenario, artefact } of asked) {
    if (scenario === undefined) continue;
    const how = artefact
      ? `tuned ${artefact.adapters ? 'adapters' : 'prompts'}, artefact ${artefact.digest.slice(0, 12)}`
      : 'its questions';
    context.print(`${scenario}: by ${how}`);
  }
}
