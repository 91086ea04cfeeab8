import type { AddedTokens, DecoderConfig, LoraConfig } from '@q-anchor/backbone';
import type { UserTokensConfig } from '@q-anchor/user-tokens';

import type { EmbeddingSource } from './embedding.js';
import type { QuestionMeanConfig } from './question-mean.js';
import type { StartValues } from './start-values.js';

/** Settings of the contrastive loss, see `contrastiveLoss`. */
export interface ContrastiveConfig {
  /** `paper`: Eq 3-5; `release`: the published code. */
  readonly variant: 'paper' | 'release';
  /** Divides the cosines. */
  readonly temperature: number;
  /** A negative more similar than the positive by more than this is taken for a false one. */
  readonly margin: number;
  /** Whether pairs whose answers are the same text are no negatives of each other. */
  readonly maskEqualAnswers: boolean;
}

/** Everything that fixes a dual-tower model's graph. */
export interface DualTowerConfig {
  /** The shared decoder. */
  readonly decoder: DecoderConfig;
  /** The user encoder. */
  readonly users: UserTokensConfig;
  /** Sizes of the projection head. */
  readonly head: { readonly hidden: number; readonly output: number };
  /** What an embedding is, once trained. Default `head`; the contrastive loss reads the head always. */
  readonly embedding?: EmbeddingSource;
  /** The contrastive loss. */
  readonly contrastive: ContrastiveConfig;
  /** Weight of the contrastive loss. Default 1; 0 leaves it out of what is minimised. */
  readonly contrastiveWeight?: number;
  /** Weight of the next-token loss. */
  readonly nextTokenWeight: number;
  /** Next-token loss of an answer: mean over its tokens, or their sum as in the paper. */
  readonly nextTokenReduction: 'mean' | 'sum';
  /** How questions join the input of their `<|user_emb|>`, see `withQuestionMeans`. By default they don't. */
  readonly questionMean?: QuestionMeanConfig;
  /** How values start. Default `random`. */
  readonly start?: StartValues;
  /** Tokens of the longest query: training cuts there, embedding and answering refuse. Default 48. */
  readonly maxQueryTokens?: number;
  /** Low-rank adapters on the decoder, if it is adapted rather than trained whole. */
  readonly lora?: LoraConfig;
  /**
   * The tokens the decoder's vocabulary was grown by (markers, `<|user_emb|>`), with trained rows of
   * their own beside its frozen table.
   */
  readonly addedTokens?: AddedTokens;
}

/** The published values: temperature 0.07, margin 0.1, equal answers masked. */
export const defaultContrastive: ContrastiveConfig = {
  variant: 'release',
  temperature: 0.07,
  margin: 0.1,
  maskEqualAnswers: true,
};
