import { digestOf, type Digestible, type UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import type { Annotator } from './annotator.js';
import { lifeMentions } from './life-mentions.js';
import type { ProfileScale } from './profile-scale.js';
import { createTopicIndex } from './topic-index.js';
import { lifeTopics, type LifeTopic } from './topics.js';

/** Says how well each life topic fits a user. */
export interface TopicScorer {
  /** What its scores depend on beside the arguments of `scores`, as a digest; see {@link Annotator.identity}. */
  readonly identity?: string;
  /**
   * One score a topic, in the topics' order; higher fits better, 0 not at all.
   *
   * @param profile - what is known of the user
   * @param pastActions - the categorised facts behind it
   */
  scores(
    profile: UserProfile,
    pastActions: readonly Action[],
  ): readonly number[] | Promise<readonly number[]>;
}

/** A {@link TopicScorer} that answers at once. */
export interface KeywordScorer extends TopicScorer {
  /** One score a topic; see {@link TopicScorer.scores}. */
  scores(profile: UserProfile, pastActions: readonly Action[]): readonly number[];
}

/** How rare a topic is: `ln((1 + N) / (1 + df)) + 1` with N references, df of them touching it. */
const rarity = (scale: ProfileScale | undefined, id: string): number => {
  if (scale === undefined) return 1;
  const { references } = scale.behaviour;
  const touched = references * (scale.topics[id]?.share ?? 0);
  return Math.log((1 + references) / (1 + touched)) + 1;
};

/** Scores from mentions that are counted already: `ln(1 + mentions) * rarity`. */
export function keywordScores(
  mentions: ReadonlyMap<number, { readonly mentions: readonly unknown[] }>,
  options: { readonly topics: readonly LifeTopic[]; readonly scale?: ProfileScale | undefined },
): number[] {
  return options.topics.map(({ id }, topic) => {
    const count = mentions.get(topic)?.mentions.length ?? 0;
    return Math.log1p(count) * rarity(options.scale, id);
  });
}

/**
 * The default scorer, by keywords, in the manner of TF-IDF:
 * `score = ln(1 + mentions) * (ln((1 + N) / (1 + df)) + 1)`
 * where `mentions` are the user's actions or events that show a keyword of the topic, `N` the
 * references the scale was fitted on and `df` those of them with a mention; without a scale the
 * second factor is 1.
 *
 * @param options - `topics`, the built-in ones by default, and the `scale` fitted with them
 */
export function createKeywordScorer(
  options: { readonly topics?: readonly LifeTopic[]; readonly scale?: ProfileScale } = {},
): KeywordScorer {
  const { topics = lifeTopics, scale } = options;
  const index = createTopicIndex(topics);
  return {
    identity: digestOf({
      topics: topics as unknown as Digestible,
      scale: scale as unknown as Digestible,
    }),
    scores: (profile, actions) =>
      keywordScores(lifeMentions(index, { profile, actions }), { topics, scale }),
  };
}

/** The positions of the `topK` best topics with a score above 0, best first; ties by order. */
export function retrievedTopics(scores: readonly number[], topK: number): number[] {
  return [...scores.keys()]
    .filter((topic) => scores[topic]! > 0)
    .toSorted((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, topK);
}

/**
 * The same annotator, told by another scorer which topics fit a user: an embedding score, say.
 *
 * Pairs of a killed run are gone on with if both have an `identity`.
 *
 * @example
 * ```ts
 * const annotator = withTopicScorer(createTemplateAnnotator(), {
 *   identity: 'mini-encoder 2',
 *   scores: async (profile) => cosines(await embed(profileText(profile)), topicEmbeddings),
 * });
 * ```
 */
export function withTopicScorer(annotator: Annotator, scorer: TopicScorer): Annotator {
  const { name, identity } = annotator;
  return {
    ...(name === undefined ? {} : { name }),
    ...(identity !== undefined &&
      scorer.identity !== undefined && {
        identity: digestOf({ annotator: identity, scorer: scorer.identity }),
      }),
    ...(annotator.report === undefined ? {} : { report: () => annotator.report?.() ?? {} }),
    ...(annotator.skipped === undefined ? {} : { skipped: () => annotator.skipped?.() ?? [] }),
    annotate: async (profile, pastActions, options) =>
      annotator.annotate(profile, pastActions, {
        ...options,
        topicScores: await scorer.scores(profile, pastActions),
      }),
  };
}
