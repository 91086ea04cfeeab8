import { trainTokenizer, type Tokenizer } from '@q-anchor/backbone';
import type { Tensors, Weights } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import { endOfText, type DualTowerConfig, type ModelCollation } from '@q-anchor/dual-tower';
import {
  fitTabularSchema,
  fitValueScales,
  prefixLayouts,
  userEmbeddingToken,
} from '@q-anchor/user-tokens';
import type { DatasetInfo } from '@q-anchor/useru';

import { storedProfiles, type ExampleStore } from '../data/example-store.js';
import type { Hyperparameters } from '../presets/hyperparameters.js';
import { modelConfig } from './model-config.js';
import { specialTokensOf, type Sources } from './sources.js';

/** A model that is ready to be initialised and trained. */
export interface PreparedModel {
  readonly config: DualTowerConfig;
  readonly collate: ModelCollation;
  /** The backbone's name, and ids that end its answers. */
  readonly baseModel?: string;
  readonly endIds?: readonly number[];
  /** Values that parameters have before training; those it leaves as they are may be in files. */
  readonly given?: (options: { readonly signal: AbortSignal }) => Promise<Weights>;
  /** The same in memory. */
  readonly loaded?: () => Promise<Tensors>;
}

/**
 * Fits all that is fitted before training, on training users alone: the columns of the profile, the
 * value scales, the tokenizer where no backbone brings one. The same users and seed give the same model.
 */
export function prepareModel(
  train: ExampleStore,
  options: {
    readonly info: DatasetInfo;
    readonly hyperparameters: Hyperparameters;
    readonly seed: number;
    readonly sources?: Sources;
  },
): PreparedModel {
  const { info, hyperparameters, sources = {} } = options;
  const { backbone, text } = sources;
  const tabular = fitTabularSchema(storedProfiles(train));
  const valueScales = fitValueScales(storedProfiles(train));
  const tokenizer = backbone?.tokenizer ?? fittedTokenizer(train, options);
  const vocabularySize = tokenizer.vocabularySize;
  const userEmbeddingId = tokenizer.specialId(userEmbeddingToken);
  const config = modelConfig(
    { info, tabular, vocabularySize, userEmbeddingId, sources },
    hyperparameters,
  );
  return {
    config,
    collate: {
      tokenizer,
      tabular,
      valueScales,
      ...(text && { textTokenizer: text.tokenizer }),
      ...(backbone && { headerIds: backbone.headerIds }),
      layout: prefixLayouts.find(({ name }) => name === hyperparameters.prefixLayout)!,
    },
    ...(backbone && { baseModel: backbone.baseModel, endIds: backbone.endIds }),
    given: async (readOptions) => ({
      ...(await (sources.lora ? backbone?.storedWeights() : backbone?.weights(readOptions))),
      ...text?.parameters,
    }),
    loaded: async () => ({ ...(await backbone?.weights()), ...text?.parameters }),
  };
}

function fittedTokenizer(
  train: ExampleStore,
  {
    info,
    hyperparameters,
    seed,
  }: {
    readonly info: DatasetInfo;
    readonly hyperparameters: Hyperparameters;
    readonly seed: number;
  },
): Tokenizer {
  return trainTokenizer({
    texts: tokenizerTexts(train, { users: hyperparameters.tokenizerUsers, seed }),
    vocabularySize: hyperparameters.vocabulary,
    specialTokens: [endOfText, ...specialTokensOf(info)],
  });
}

/**
 * Event texts, queries and answers of some users.
 *
 * @yields a text
 */
function* tokenizerTexts(
  train: ExampleStore,
  { users, seed }: { readonly users: number; readonly seed: number },
): Generator<string> {
  const order = createRandom(seed)
    .fork('tokenizer')
    .shuffled([...Array(train.count).keys()]);
  for (const index of order.slice(0, users)) {
    for (const events of Object.values(train.profile(index).events)) {
      for (const { text } of events) yield text;
    }
    for (const { query, answer } of train.pairs(index)) {
      yield query;
      yield answer;
    }
  }
}
