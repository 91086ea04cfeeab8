import {
  aspectWeights,
  buildPairs,
  openDataset,
  readTopics,
  type AspectWeights,
} from '@q-anchor/useru';
import { Command, InvalidArgumentError } from 'commander';

import type { ContextFactory } from '../command-line.js';
import { tellResumption } from '../display/resumption.js';
import { addAnnotatorOptions, type AnnotatorOptions } from '../options/annotator-options.js';
import { integer, number, numberList } from '../options/parsers.js';
import { annotatorText, openAnnotator } from '../pairs/open-annotator.js';

interface Options extends AnnotatorOptions {
  readonly future: number;
  readonly uqa: number;
  readonly horizons: readonly number[];
  readonly bins: number;
  readonly budget: number;
  readonly weight?: AspectWeights;
  readonly categories?: number;
  readonly seed: number;
  readonly shard: number;
  readonly json?: boolean;
}

const defaultWeights = Object.entries(aspectWeights)
  .map((pair) => pair.join('='))
  .join(', ');

/** Collects weights of kinds, `category=12`; whether a kind is known is seen where it is used. */
function aspectWeight(text: string, former: AspectWeights = {}): AspectWeights {
  const [kind = '', value, ...rest] = text.split('=');
  if (value === undefined || rest.length > 0) {
    throw new InvalidArgumentError('It must be a kind and a number with = between them.');
  }
  return { ...former, [kind]: number()(value) };
}

/** `q-anchor pairs`. */
export const pairsCommand = (contextOf: ContextFactory): Command =>
  addAnnotatorOptions(new Command('pairs'))
    .description('Build the UserU query-answer pairs of a dataset: D_future and D_uqa.')
    .argument('<dataset>', 'a dataset directory; the pairs go into it')
    .option('--future <n>', 'D_future pairs a reference point', integer(), 6)
    .option('--uqa <n>', 'D_uqa pairs a reference point', integer(), 2)
    .option(
      '--horizons <days>',
      'how far D_future looks ahead; several are drawn from',
      numberList,
      [30],
    )
    .option('--bins <n>', 'time bins of a likely-actions answer', integer(1), 3)
    .option('--budget <n>', 'cells of time and category in a likely-actions answer', integer(1), 6)
    .option(
      '--weight <kind=x>',
      'how often a kind of D_future question is drawn, may be given several times ' +
        `(default: ${defaultWeights})`,
      aspectWeight,
    )
    .option(
      '--categories <n>',
      'categories of a modality that D_future asks about at most, the most widespread (default: 30)',
      integer(1),
    )
    .option('--seed <n>', 'chooses aspects, topics and phrasings', integer(), 1)
    .option(
      '--shard <n>',
      'reference points a file, and between two points at which a stopped run goes on',
      integer(1),
      2048,
    )
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      '\nA run that was killed or stopped is gone on with when the same command runs again.' +
        '\n\nExample:\n  q-anchor pairs simulated --future 6 --uqa 2 --horizons 14,30' +
        '\n  q-anchor pairs simulated --future 24 --weight category=12' +
        '\n  q-anchor pairs simulated --annotator llm --llm-url http://localhost:11434/v1 --llm-model qwen3',
    )
    .action(async (directory: string, options: Options, command: Command) => {
      const context = contextOf(command);
      const topics = options.topics === undefined ? undefined : await readTopics(options.topics);
      await using dataset = await openDataset(directory);
      await using annotator = await openAnnotator(options, { dataset, topics });
      const bars = {
        scale: context.progress('Fitting level words', { unit: 'users' }),
        pairs: context.progress('Building pairs', { unit: 'users' }),
      };
      const summary = await buildPairs({
        dataset,
        ...(topics === undefined ? {} : { topics }),
        ...(annotator === undefined ? {} : { annotator }),
        futurePerUser: options.future,
        uqaPerUser: options.uqa,
        horizonDays: options.horizons,
        bins: options.bins,
        budget: options.budget,
        ...(options.weight && { futureWeights: options.weight }),
        ...(options.categories !== undefined && { futureCategories: options.categories }),
        seed: options.seed,
        referencesPerShard: options.shard,
        signal: context.signal,
        onResume: tellResumption(context.log, 'reference points'),
        onProgress: ({ phase, done, total }) => {
          bars[phase].update(done, total);
          if (done === total) bars[phase].stop();
        },
      }).finally(() => bars.pairs.stop());
      if (options.json === true) {
        context.print(JSON.stringify(summary));
        return;
      }
      const { future, uqa } = summary.sources;
      const beyond = summary.referencesBeyondData;
      context.print(
        `Pairs in ${directory}: ${future.pairs} D_future, ${uqa.pairs} D_uqa ` +
          `for ${summary.references} reference points` +
          (beyond > 0 ? `; ${beyond} of them end too late for D_future` : ''),
      );
      if (annotator !== undefined) context.print(annotatorText(annotator));
    });
