import { prefixLayouts } from '@q-anchor/user-tokens';
import { Option } from 'commander';

import { backboneKeys, flagOf, type Hyperparameters } from '../presets/hyperparameters.js';
import { presets } from '../presets/presets.js';
import { integer, nameList, number, onOff, share } from './parsers.js';

type Parse = (text: string) => unknown;

interface Definition {
  readonly group: string;
  readonly words: string;
  readonly kind: Parse | readonly string[];
  readonly value: string;
}

const defined =
  (group: string) =>
  (words: string, kind: Definition['kind'], value = '<n>'): Definition => ({
    group: `${group}:`,
    words,
    kind,
    value,
  });

const model = defined('Model');
const adapters = defined('Adapters');
const loss = defined('Loss');
const batch = defined('Batches');
const optimiser = defined('Optimiser');

const definitions: Readonly<Record<keyof Hyperparameters, Definition>> = {
  architecture: model('kind of decoder', ['qwen2', 'qwen3'], '<name>'),
  vocabulary: model('ids of the tokenizer, at most', integer(257)),
  width: model('size of the hidden states', integer(1)),
  layers: model('layers', integer(1)),
  heads: model('query heads', integer(1)),
  kvHeads: model('key and value heads', integer(1)),
  feedForward: model('inner size of the feed-forward layers', integer(1)),
  maxPositions: model('longest sequence', integer(1)),
  rotaryBase: model(
    'base of the rotary positions: the larger, the more of a head looks at content alone',
    number(1),
  ),
  tiedEmbeddings: model('let the embedding table be the output layer', onOff, '<on|off>'),
  start: model(
    'values to start with: each drawn by itself, or so that tokens attend to events of their own words',
    ['random', 'matching'],
    '<how>',
  ),
  eventWidth: model('size of event embeddings', integer(1)),
  eventTable: model(
    'table that embeds event texts: one of their own, or the decoder’s, which knows the same words in ' +
      'questions',
    ['own', 'decoder'],
    '<whose>',
  ),
  timeFeatures: model('let an event’s age join its embedding', onOff, '<on|off>'),
  valueFeatures: model('let an event’s value join its embedding', onOff, '<on|off>'),
  userMean: model('modalities the user token averages', ['present', 'all'], '<which>'),
  prefixLayout: model(
    'order of a prefix, or one without some of its summary tokens',
    prefixLayouts.map(({ name }) => name),
    '<name>',
  ),
  questionWeight: model(
    'weight of the mean of a question’s tokens in the input of its <|user_emb|>, 0 for none',
    number(),
  ),
  loraRank: adapters('inner size of the adapters on --backbone, 0 to train it whole', integer()),
  loraAlpha: adapters('their strength, over the rank', number()),
  loraDropout: adapters('share of their inputs dropped in training', share),
  loraTargets: adapters('the projections adapted', nameList, '<names>'),
  textEncoderLoraRank: adapters(
    'inner size of the adapters on --text-encoder, 0 to leave it as it is',
    integer(),
  ),
  textEncoderLoraAlpha: adapters('their strength, over the rank', number()),
  textEncoderLoraDropout: adapters('share of their inputs dropped in training', share),
  textEncoderLoraTargets: adapters('the projections adapted', nameList, '<names>'),
  headHidden: model('inner size of the projection head', integer(1)),
  headOutput: model('size of the head’s output', integer(1)),
  embedding: model(
    'what an embedding is: the projection head’s output, or the hidden state it reads, of --width numbers',
    ['head', 'hidden'],
    '<what>',
  ),
  contrastive: loss('contrastive loss', ['paper', 'release'], '<variant>'),
  temperature: loss('divides the cosines', number()),
  margin: loss('negatives this much nearer than the positive are masked', number()),
  maskEqualAnswers: loss('pairs with equal answers are no negatives', onOff, '<on|off>'),
  contrastiveWeight: loss('weight of the contrastive loss', number()),
  ntpWeight: loss('weight of the next-token loss', number()),
  ntpReduction: loss('next-token loss of an answer', ['mean', 'sum'], '<how>'),
  steps: batch('optimiser steps, 0 for the start values', integer()),
  batchUsers: batch('users a batch', integer(1)),
  microBatches: batch('batches a step, gradients averaged', integer(1)),
  futurePairs: batch('D_future pairs a user and batch', integer()),
  uqaPairs: batch('D_uqa pairs a user and batch', integer()),
  bucketBatches: batch('batches over which users are sorted by length', integer(1)),
  maxUsers: batch('reference points to train on, 0 for all', integer()),
  tokenizerUsers: batch('reference points the tokenizer learns from', integer(1)),
  maxQueryTokens: batch('tokens kept of a query', integer(1)),
  maxAnswerTokens: batch('tokens kept of an answer', integer(1)),
  rate: optimiser('highest learning rate', number()),
  warmup: optimiser('share of the steps with a rising rate', number()),
  beta1: optimiser('decay of the first moment', number()),
  beta2: optimiser('decay of the second moment', number()),
  epsilon: optimiser('added to the root of the second moment', number()),
  weightDecay: optimiser('decoupled weight decay, on matrices', number()),
  clip: optimiser('largest gradient norm', number()),
};

const names = Object.keys(definitions) as readonly (keyof Hyperparameters)[];

const shown = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);

/** The values of the presets: one where they agree. What a backbone decides, `release` has none of. */
function defaultsOf(name: keyof Hyperparameters): string {
  const isBackbones = (backboneKeys as readonly string[]).includes(name);
  const values = Object.entries(presets)
    .filter(([preset]) => !isBackbones || preset !== 'release')
    .map(([preset, all]) => [preset, shown(all[name])]);
  const isEqual = values.every(([, value]) => value === values[0]![1]);
  return isEqual ? values[0]![1]! : values.map((pair) => pair.join(' ')).join(', ');
}

/** One option for each hyperparameter. */
export function hyperparameterOptions(): readonly Option[] {
  return names.map((name) => {
    const { group, words, kind, value } = definitions[name];
    const option = new Option(
      `${flagOf(name)} ${value}`,
      `${words} (default: ${defaultsOf(name)})`,
    );
    option.helpGroup(group);
    return typeof kind === 'function' ? option.argParser(kind) : option.choices(kind);
  });
}

/** The hyperparameters among parsed options: those given on the command line. */
export function givenHyperparameters(
  options: Readonly<Record<string, unknown>>,
): Partial<Hyperparameters> {
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}
