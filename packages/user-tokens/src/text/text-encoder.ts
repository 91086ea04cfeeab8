import type { ParameterLookup, ParameterSpecs } from '@q-anchor/backbone';
import type { FloatDType, Graph, Tensor, TensorData } from '@q-anchor/graph';

import type { TextEncoderConfig } from './config.js';

/** The part of a tokenizer that collation needs. */
export interface TextTokenizer {
  /** Ids of a text; special tokens never come from text. */
  encode(text: string): readonly number[];
  /** Id of a special token. */
  specialId(token: string): number;
}

/** Texts that belong together, such as a modality's. */
export interface TextGroup {
  /** The group's name: part of the names of its graph inputs. */
  readonly name: string;
  /** Token ids of each text, see {@link EventTextEncoder.tokenIds}; none for a row nobody reads. */
  readonly texts: readonly (readonly number[])[];
}

/**
 * An encoder of event texts: what it trains, how a text becomes ids, ids graph inputs, and those
 * embeddings. One {@link TextEncoderConfig} has one encoder, see {@link textEncoderOf}.
 */
export interface EventTextEncoder {
  /** Which one it is. */
  readonly kind: TextEncoderConfig['kind'];
  /** Its own parameters; what it reads of the language model's is not among them. */
  readonly parameters: ParameterSpecs;
  /** Names of those that no training changes. */
  readonly frozen: readonly string[];
  /** Names of the language model's parameters that it reads. */
  readonly shared: readonly string[];
  /**
   * Whether training leaves every embedding as it is: then texts are embedded once, and training
   * reads embeddings instead of texts.
   */
  readonly isFrozen: boolean;
  /**
   * Token ids of a text as this encoder reads them. Text never gives special tokens.
   *
   * @param text - any text
   * @param options - the model's tokenizer, the text encoder's own where it has one, and the most
   *   tokens, special ones counted
   * @throws {@link @q-anchor/core#InputError} if the encoder has a tokenizer of its own and it isn't given
   */
  tokenIds(
    text: string,
    options: {
      readonly tokenizer: TextTokenizer;
      readonly textTokenizer?: TextTokenizer | undefined;
      readonly maxTokens: number;
    },
  ): readonly number[];
  /** Graph inputs of groups of texts. */
  feeds(groups: readonly TextGroup[]): Record<string, TensorData>;
  /**
   * Declares the inputs of {@link EventTextEncoder.feeds} and embeds the texts.
   *
   * @param graph - the graph
   * @param options - parameters, the groups' names; a seed `int64 []` for dropout in training
   * @returns `[texts, E]` by group, in order
   */
  embed(
    graph: Graph,
    options: {
      readonly parameters: ParameterLookup;
      readonly groups: readonly string[];
      readonly dtype?: FloatDType | undefined;
      readonly dropoutSeed?: Tensor | undefined;
    },
  ): readonly Tensor[];
  /**
   * Texts cut into runs of bounded memory, each of like length where length costs.
   *
   * @param lengths - tokens of each text
   * @returns indices of the texts of each run
   */
  runs(lengths: readonly number[]): readonly (readonly number[])[];
}
