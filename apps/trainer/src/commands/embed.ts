import { embeddingSize } from '@q-anchor/dual-tower';
import { Command, Option } from 'commander';

import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { openAskedUsers, type AskedOptions } from '../embed/asked-users.js';
import { embeddingKey } from '../embed/embedding-key.js';
import type { EmbeddingQuery } from '../embed/embedding-queries.js';
import { openEmbedder } from '../embed/open-embedder.js';
import { writeShardedEmbeddings } from '../embed/sharded-embeddings.js';
import { writeEmbeddings } from '../embed/write-embeddings.js';
import { engineOptions, type EngineOptions } from '../engine.js';
import { collected, integer } from '../options/parsers.js';

interface Options extends EngineOptions, AskedOptions {
  readonly out: string;
  readonly shardUsers?: number;
}

/** `q-anchor embed`. */
export function embedCommand(contextOf: ContextFactory): Command {
  const command = new Command('embed')
    .description('Embed the users of a dataset for queries; each user is encoded once for all.')
    .argument('<run>', 'a run, or a model directory')
    .requiredOption('--data <dataset>', 'a dataset directory')
    .requiredOption(
      '--out <file>',
      'the Parquet file to write; one that is there is replaced. With --shard-users a folder',
    )
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
    )
    .option(
      '--shard-users <n>',
      'into a folder, a file for so many reference points; what a killed run left there is gone on with',
      integer(1),
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
  const { context, split, out, shardUsers } = options;
  const { signal } = context;
  await using users = await openAskedUsers(run, options);
  const { model, dataset, asked } = users;
  const references = await users.references();
  const open = () => openEmbedder(options, { model, asked, context });
  const progress = context.progress('Embedding', { unit: 'users' });
  let done = 0;
  const work = {
    dataset,
    references,
    asked,
    signal,
    onUsers: (count: number) => progress.update((done += count), references.length),
  };
  const described = `${references.length} users x ${asked.length} queries, ${embeddingSize(model.config)} numbers each`;
  try {
    if (shardUsers === undefined) {
      await using embedder = await open();
      await writeEmbeddings(out, { ...work, embedder });
      context.print(`${described}, in ${out}`);
    } else {
      const key = embeddingKey({ model, dataset, asked, split, shardUsers });
      const written = await writeShardedEmbeddings(out, {
        ...work,
        key,
        shardUsers,
        openEmbedder: open,
      });
      const { shards, kept } = written;
      const before = kept > 0 ? `, of which ${kept} were there already` : '';
      context.print(`${described}, in ${out}: ${shards} shards${before}`);
    }
  } finally {
    progress.stop();
  }
  for (const one of asked) printHow(one, context);
}

/** Says how a scenario was asked. */
function printHow({ scenario, artefact }: EmbeddingQuery, context: CommandContext): void {
  if (scenario === undefined) return;
  const how = artefact
    ? `tuned ${artefact.adapters ? 'adapters' : 'prompts'}, artefact ${artefact.digest.slice(0, 12)}`
    : 'its questions';
  context.print(`${scenario}: by ${how}`);
}
