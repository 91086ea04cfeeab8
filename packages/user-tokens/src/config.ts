import { InputError, type Modality } from '@q-anchor/core';

import type { TextEncoderConfig } from './text/config.js';

/** Age features of an event, see {@link timeFeatures}. */
export const timeFeatureCount = 8;

/** Value features of an event: whether it has one, and the standardised value. */
export const valueFeatureCount = 2;

/** How a user's events become tokens. */
export interface UserTokensConfig {
  /** The event modalities, in the order of their tokens. */
  readonly modalities: readonly Modality[];
  /** Size E of event embeddings. */
  readonly eventWidth: number;
  /** Size D of the decoder's hidden states. */
  readonly width: number;
  /** Rows of the token bag's embedding table: the tokenizer's vocabulary. */
  readonly vocabularySize: number;
  /** Columns of the tabular modality after encoding; 0 where the dataset has none. */
  readonly tabularFeatures: number;
  /** Days of history a profile spans: the unit of relative age. */
  readonly windowDays: number;
  /** Whether an event's age joins its embedding. */
  readonly timeFeatures: boolean;
  /** Whether an event's value joins its embedding. */
  readonly valueFeatures: boolean;
  /**
   * What the user token's mean is over: modalities that are `present` (ours), or `all`, an absent
   * one counting as zero (the published model).
   */
  readonly userMean: 'present' | 'all';
  /** What turns an event's text into a vector. Default a token bag. */
  readonly textEncoder?: TextEncoderConfig;
}

/** Name of the profile's own modality. */
export const tabularModality = 'tabular';

/** All modalities in token order: the events' and, if there is one, the profile's. */
export function modalityNames(config: UserTokensConfig): readonly string[] {
  const names = config.modalities.map((modality) => modality.name);
  return config.tabularFeatures > 0 ? [...names, tabularModality] : names;
}

/** The special tokens around a modality's events. */
export const modalityMarkers = (
  name: string,
): { readonly start: string; readonly end: string } => ({
  start: `<|${name}_start|>`,
  end: `<|${name}_end|>`,
});

/** The token whose hidden state is the embedding. */
export const userEmbeddingToken = '<|user_emb|>';

/** Every special token a user encoder adds to the tokenizer's vocabulary. */
export function userSpecialTokens(modalities: readonly string[]): readonly string[] {
  return [
    ...modalities.flatMap((name) => {
      const { start, end } = modalityMarkers(name);
      return [start, end];
    }),
    userEmbeddingToken,
  ];
}

const problem = (expected: string, found: string): InputError =>
  new InputError({ where: 'user tokens', expected, found });

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

/**
 * Checks a configuration.
 *
 * @throws {@link InputError} if there is no modality, a name recurs or is reserved, a size or cap
 *   is not positive, or the event width is not that of the text encoder
 */
export function checkUserTokensConfig(config: UserTokensConfig): void {
  const names = config.modalities.map((modality) => modality.name);
  if (modalityNames(config).length === 0) throw problem('at least one modality', 'none');
  if (new Set(names).size !== names.length) throw problem('distinct modality names', names.join());
  if (names.includes(tabularModality)) {
    throw problem(`event modalities not named '${tabularModality}'`, 'one that is');
  }
  for (const key of ['eventWidth', 'width', 'vocabularySize'] as const) {
    if (!isCount(config[key])) throw problem(`a positive integer ${key}`, `${config[key]}`);
  }
  checkTextEncoder(config);
  if (config.tabularFeatures !== 0 && !isCount(config.tabularFeatures)) {
    throw problem('no or so many tabularFeatures', `${config.tabularFeatures}`);
  }
  if (!(config.windowDays > 0)) throw problem('a positive windowDays', `${config.windowDays}`);
  for (const { name, ...caps } of config.modalities) {
    for (const key of ['maxEvents', 'maxTokens'] as const) {
      if (isCount(caps[key])) continue;
      throw problem(`a positive integer ${key} of '${name}'`, `${caps[key]}`);
    }
  }
}

function checkTextEncoder({ textEncoder, eventWidth, width }: UserTokensConfig): void {
  if (!textEncoder || textEncoder.kind === 'token-bag') return;
  const isBert = textEncoder.kind === 'bert';
  const expected = isBert ? textEncoder.bert.width : width;
  if (eventWidth === expected) return;
  const whose = isBert ? "the BERT encoder's" : "the language model's";
  throw problem(`eventWidth ${expected}, ${whose} width`, `${eventWidth}`);
}
