import type { Split, UserProfile } from '@q-anchor/core';

import type { SourceCounts } from './count-pairs.js';
import type { DatabaseLimits } from './database.js';
import type { DatasetInfo } from './dataset-info.js';
import type { PairSource, UserPair } from './pairs.js';
import type { PairsDraft, PairsDraftOptions } from './pairs-draft.js';
import type { BatchOptions } from './profiles.js';
import type { ReferencePoint } from './reference-table.js';
import type { ActionsOptions, UserActions } from './user-actions.js';

/** A reference point and its split. */
export interface SplitReference extends ReferencePoint {
  /** Which set it belongs to. */
  readonly split: Split;
  /** The user's actions are recorded up to this time, in days on the dataset's axis; absent if no end is known. */
  readonly observedUntilDays?: number;
  /** The group that it is left out with when a probe's strength is chosen; absent where there are none. */
  readonly fold?: string;
}

/** A labelled reference point of a scenario. */
export interface LabelledReference extends ReferencePoint {
  /** Which set it belongs to. */
  readonly split: Split;
  /** The group that it is left out with when a probe's strength is chosen; absent where there are none. */
  readonly fold?: string;
  /** The answer. */
  readonly label: 0 | 1;
}

/** How to open a dataset. */
export type OpenDatasetOptions = DatabaseLimits;

/** A dataset directory, open for reading. */
export interface Dataset extends AsyncDisposable {
  /** Where it lies. */
  readonly directory: string;
  /** What it holds. */
  readonly info: DatasetInfo;
  /** Reference points by user and time; of the given splits only, where some are given. */
  references(options?: { readonly splits?: readonly Split[] }): Promise<SplitReference[]>;
  /**
   * A scenario's labels by user and time.
   *
   * @throws {@link @q-anchor/core#InputError} if the dataset has no such scenario
   */
  labels(scenario: string): Promise<LabelledReference[]>;
  /**
   * What is known of users at reference times, in the order given, in batches.
   *
   * Events lie in `[reference - windowDays, reference)`; of each modality the newest `maxEvents`
   * are kept, oldest first. A feature the dataset does not know of a user is null.
   */
  profiles(
    references: readonly ReferencePoint[],
    options?: BatchOptions,
  ): AsyncIterable<UserProfile[]>;
  /** Categorised actions in `[reference + fromDays, reference + toDays)`, in the order given, in batches. */
  actions(
    references: readonly ReferencePoint[],
    options: ActionsOptions,
  ): AsyncIterable<UserActions[]>;
  /** The pairs written so far, a shard at a time. */
  pairs(options?: {
    readonly sources?: readonly PairSource[];
    readonly signal?: AbortSignal;
  }): AsyncIterable<UserPair[]>;
  /** The pairs of one source that are written so far, counted. */
  countPairs(
    source: PairSource,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<SourceCounts>;
  /**
   * Writes one shard of pairs: a file for each source, whole or not at all. A shard written again
   * takes the place of the former one.
   */
  writePairs(
    pairs: readonly UserPair[],
    options: { readonly shard: number; readonly sources?: readonly PairSource[] },
  ): Promise<void>;
  /** The shards that all of `sources` have, ascending: what a resumed run need not write again. */
  pairShards(options?: { readonly sources?: readonly PairSource[] }): Promise<number[]>;
  /** Removes all pairs. */
  removePairs(): Promise<void>;
  /**
   * Begins pairs that take the place of those that are there once they are published, or goes on with
   * those that a killed run began from the same: as long as they aren't published, nobody reads them.
   */
  draftPairs(options: PairsDraftOptions): Promise<PairsDraft>;
}
