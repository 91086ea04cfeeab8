import {
  createRandom,
  digestOf,
  type Digestible,
  type QueryAnswer,
  type Random,
  type UserProfile,
} from '@q-anchor/core';

import type { Action } from '../future/action.js';
import type { ModalityWords } from '../future/modality-words.js';
import type { AnnotateOptions, Annotator } from './annotator.js';
import { behaviourSources, categorySources, lifeSources, modalitySources } from './fact-sources.js';
import type { PastBehaviour } from './facts/past.js';
import { createGrounding } from './grounding.js';
import type { ProfileScale } from './profile-scale.js';
import { createTopicIndex } from './topic-index.js';
import { lifeTopics, type LifeTopic } from './topics.js';

/** An {@link Annotator} whose answers are ready at once. */
export interface TemplateAnnotator extends Annotator {
  /** Pairs about one user; see {@link Annotator.annotate}. */
  annotate(
    profile: UserProfile,
    pastActions: readonly Action[],
    options: AnnotateOptions,
  ): QueryAnswer[];
}

/** What {@link createTemplateAnnotator} takes. */
export interface TemplateAnnotatorOptions {
  /** How far a profile reaches back; 90 by default. */
  readonly windowDays?: number;
  /** The life topics; the built-in ones by default. */
  readonly topics?: readonly LifeTopic[];
  /** Level words' meaning, from `createProfileScaleFitter` with the same topics; none: no levels. */
  readonly scale?: ProfileScale;
  /** How many life topics of a user are retrieved; 10 by default. */
  readonly topK?: number;
  /** What texts call the modalities, `dataset.info.modalityWords`; their names by default. */
  readonly modalityWords?: ModalityWords | undefined;
}

/** How often each kind of topic is drawn. */
const kindWeights = { behaviour: 2.5, life: 4, modality: 1, category: 1.5 };

/** The smaller of `-ln(u) / weight` wins: a weighted draw. */
const pickWeighted = <T extends { readonly weight: number }>(
  items: readonly T[],
  random: Random,
): T => {
  let best = items[0]!;
  let bestKey = Infinity;
  for (const item of items) {
    const key = -Math.log(1 - random.uniform()) / item.weight;
    if (key < bestKey) {
      best = item;
      bestKey = key;
    }
  }
  return best;
};

/**
 * The template annotator: offline, deterministic, and true to the profile.
 *
 * Per user it retrieves the life topics with most mentions (keyword score `log(1 + mentions)`, top
 * `topK`), sets beside them the structural topics that any data has (activity, recency, silences,
 * trend, favourites, diversity, peak, mix, weekly rhythm, background, and each modality and
 * category), draws from them by the seed, and words one question and one answer each. Every number
 * in an answer is counted from the profile. Common topics that a user lacks give negative answers.
 *
 * @see arXiv 2602.14492, section on UserU: there a language model writes these pairs
 * @example
 * ```ts
 * const annotator = createTemplateAnnotator({ windowDays: 90 });
 * annotator.annotate(profile, pastActions, { count: 2, seed: 1 });
 * // [{ query: 'How active is the user?', answer: 'Active: 12 actions on 5 days of the last 90.', ... }]
 * ```
 */
export function createTemplateAnnotator(options: TemplateAnnotatorOptions = {}): TemplateAnnotator {
  const { windowDays = 90, topics = lifeTopics, scale, topK = 10, modalityWords } = options;
  const index = createTopicIndex(topics);
  const lifeOptions = {
    topics,
    index,
    windowDays,
    topK,
    ...(scale === undefined ? {} : { scale }),
  };
  const reflect = createGrounding({
    windowDays,
    topics,
    modalityWords,
    ...(scale === undefined ? {} : { scale }),
  });
  return {
    name: 'template',
    identity: digestOf({ windowDays, topK, topics, scale, modalityWords } as unknown as Digestible),
    annotate: (profile, pastActions, { count, seed, topicScores, signal }) => {
      signal?.throwIfAborted();
      const random = createRandom(seed);
      const actions = pastActions.filter(({ timeDays }) => timeDays < 0 && timeDays >= -windowDays);
      const past: PastBehaviour = {
        profile,
        actions,
        windowDays,
        modalityWords,
        ...(scale === undefined ? {} : { scale: scale.behaviour }),
      };
      const kinds = [
        { weight: kindWeights.behaviour, sources: behaviourSources(past) },
        {
          weight: kindWeights.life,
          sources: lifeSources({ profile, actions }, { ...lifeOptions, scores: topicScores }),
        },
        { weight: kindWeights.modality, sources: modalitySources(past) },
        { weight: kindWeights.category, sources: categorySources(past) },
      ];
      const checker = reflect(profile, actions);
      const pairs: QueryAnswer[] = [];
      while (pairs.length < count) {
        const open = kinds.filter(({ sources }) => sources.length > 0);
        if (open.length === 0) break;
        const { sources } = pickWeighted(open, random);
        const source = pickWeighted(sources, random);
        sources.splice(sources.indexOf(source), 1);
        const fact = pickWeighted(source.facts(), random);
        const query = random.pick(fact.queries);
        const answer = random.pick(fact.answers());
        const pair = { query, answer, source: 'uqa' as const, topic: fact.topic };
        const { numbers, names } = checker.check(pair);
        if (numbers.length + names.length === 0) pairs.push(pair);
      }
      return pairs;
    },
  };
}
