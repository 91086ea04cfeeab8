import type { Split } from '@q-anchor/core';

import type { Dataset } from '../dataset/dataset.js';
import type { PairSource } from '../dataset/pairs.js';
import type { Resumption } from '../dataset/resumption.js';
import type { AspectWeights } from '../future/aspect-weights.js';
import type { Annotator, SkippedTopic } from '../uqa/annotator.js';
import type { LifeTopic } from '../uqa/topics.js';
import type { PairStatistics } from './pair-statistics.js';

/** How far `buildPairs` has come. */
export interface PairsProgress {
  /** `scale`: fitting the level words; `pairs`: writing pairs. */
  readonly phase: 'scale' | 'pairs';
  /** References done in this phase. */
  readonly done: number;
  /** References of this phase. */
  readonly total: number;
}

/** What `buildPairs` takes. */
export interface BuildPairsOptions {
  /** The dataset to read, and to write the pairs into. */
  readonly dataset: Dataset;
  /** Whose pairs to build; train and validation by default. */
  readonly splits?: readonly Split[];
  /** D_future pairs a reference; 6 by default. */
  readonly futurePerUser?: number;
  /** D_uqa pairs a reference; 2 by default. */
  readonly uqaPerUser?: number;
  /** How far D_future looks ahead, in days, or several lengths to draw from; 30 by default. */
  readonly horizonDays?: number | readonly number[];
  /** Time bins of D_future's likely-actions answer; 3 by default. */
  readonly bins?: number;
  /** Cells of time x category of D_future's likely-actions answer; 6 by default. */
  readonly budget?: number;
  /** How often kinds of aspects of D_future are drawn, in place of the `aspectWeights` of these kinds. */
  readonly futureWeights?: AspectWeights;
  /**
   * Categories of a modality that D_future asks about at most, the most widespread; 30 by default. None is
   * asked about that follows fewer than one reference in twenty.
   */
  readonly futureCategories?: number;
  /** Who writes D_uqa; the template annotator with the dataset's level words by default. */
  readonly annotator?: Annotator;
  /** The life topics of D_uqa; the built-in ones by default. */
  readonly topics?: readonly LifeTopic[];
  /** Training references at most that the level words are fitted on; 20,000 by default. */
  readonly scaleReferences?: number;
  /** Chooses aspects, topics and phrasings. */
  readonly seed: number;
  /** References a file of pairs, and between two points at which a killed run goes on; 2,048 by default. */
  readonly referencesPerShard?: number;
  /** Stops the work: former pairs stay, and running again with the same options goes on. */
  readonly signal?: AbortSignal;
  /** Told if earlier work was not finished, and whether it is gone on with. */
  readonly onResume?: (resumption: Resumption) => void;
  /** Told after every batch. */
  readonly onProgress?: (progress: PairsProgress) => void;
}

/** What `buildPairs` made: the content of `pairs/summary.json`. */
export interface PairsSummary {
  /** References read. */
  readonly references: number;
  /** References without D_future pairs, as the record ends before the shortest horizon does. */
  readonly referencesBeyondData: number;
  /** Who wrote D_uqa, what {@link Annotator.report} counts, and the first topics left out. */
  readonly annotator: {
    readonly name: string;
    readonly counts: Readonly<Record<string, number>>;
    readonly skipped: readonly SkippedTopic[];
  };
  /** The pairs by source. */
  readonly sources: Readonly<Record<PairSource, PairStatistics>>;
}
