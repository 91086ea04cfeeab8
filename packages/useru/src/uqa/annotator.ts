import type { QueryAnswer, UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';

/** What {@link Annotator.annotate} takes beside the profile. */
export interface AnnotateOptions {
  /** How many pairs at most. */
  readonly count: number;
  /** Chooses topics and phrasings. */
  readonly seed: number;
  /** How well each life topic fits the user, in the topics' order; a keyword score by default. */
  readonly topicScores?: readonly number[];
  /** Stops the work. */
  readonly signal?: AbortSignal;
}

/** A topic that was to give a pair about a user and gave none. */
export interface SkippedTopic {
  /** A digest of what was asked about: the user, without the id. */
  readonly subject: string;
  /** The topic. */
  readonly topic: string;
  /** Why. */
  readonly reason: string;
}

/** Writes D_uqa pairs: questions about a user's profile with answers that the profile supports. */
export interface Annotator {
  /** What it is called in `pairs/summary.json`; `custom` by default. */
  readonly name?: string;
  /**
   * What its answers depend on beside the arguments of `annotate`, as a digest: a killed run is gone
   * on with only if this is equal. Without it pairs are always begun anew.
   */
  readonly identity?: string;
  /**
   * Pairs about one user.
   *
   * @param profile - what is known of the user
   * @param pastActions - the categorised facts behind it, all before the reference (`timeDays < 0`)
   */
  annotate(
    profile: UserProfile,
    pastActions: readonly Action[],
    options: AnnotateOptions,
  ): QueryAnswer[] | Promise<QueryAnswer[]>;
  /** Counts of its work so far, for `pairs/summary.json`: calls, cost, dropped pairs. */
  report?(): Readonly<Record<string, number>>;
  /** Topics left out, for `pairs/summary.json`: the first of them, where there are very many. */
  skipped?(): readonly SkippedTopic[];
}
