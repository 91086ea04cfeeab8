import type { Tokenizer } from '@q-anchor/backbone';
import type { Tensors, Weights } from '@q-anchor/backend';
import type { PrefixLayout, TabularSchema, ValueScales } from '@q-anchor/user-tokens';

import type { DualTowerConfig } from '../model/config.js';

/** Tokenizer and fitted features of a model: what turns profiles into its inputs. */
export interface ModelCollation {
  /** The tokenizer. */
  readonly tokenizer: Tokenizer;
  /** The text encoder's own tokenizer, where that is BERT. */
  readonly textTokenizer?: Tokenizer | undefined;
  /** Fitted columns of the profile; no columns where the dataset has none. */
  readonly tabular: TabularSchema;
  /** Fitted value scales. */
  readonly valueScales: ValueScales;
  /** Ids of the header's tokens. None by default. */
  readonly headerIds?: readonly number[];
  /** The order inside the prefix. Default `coarseToFine`. */
  readonly layout?: PrefixLayout;
}

/** A whole model: embedding a user takes nothing else. */
export interface DualTowerModel {
  /** Everything that fixes its graph. */
  readonly config: DualTowerConfig;
  /** Its parameters. */
  readonly parameters: Tensors;
  /** Tokenizer and fitted features. */
  readonly collate: ModelCollation;
  /** Name of the model its decoder came from, if it was not trained from scratch. */
  readonly baseModel?: string;
  /**
   * Ids of tokens that end an answer beside the end-of-text token of training, such as those that
   * its decoder's `generation_config.json` names.
   */
  readonly endIds?: readonly number[];
}

/** A model for embedding and answering: its weights may be quantised, or lie in files. */
export interface ServedModel extends Omit<DualTowerModel, 'parameters'> {
  /** Its parameters, plain or quantised, in memory or in files. */
  readonly parameters: Weights;
}
