import type { UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import { wordsOf } from '../future/modality-words.js';
import { categoryKey, summarisePeriod } from '../future/period-summary.js';
import type { PeriodScale } from '../future/scale.js';
import { behaviourFacts } from './facts/behaviour-facts.js';
import { countBy, type Fact, type Mention } from './facts/fact.js';
import { groupFacts } from './facts/group-facts.js';
import type { Group } from './facts/group.js';
import type { PastBehaviour } from './facts/past.js';
import { labelReader } from './labels.js';
import { actionMention, lifeMentions } from './life-mentions.js';
import type { ProfileScale } from './profile-scale.js';
import type { TopicIndex } from './topic-index.js';
import { keywordScores, retrievedTopics } from './topic-scorer.js';
import type { LifeTopic } from './topics.js';

/** Facts on one topic, of which one at most is asked. */
export interface FactSource {
  /** How often it is drawn, relative to the other sources of its kind. */
  readonly weight: number;
  /** The facts, made only when drawn. */
  facts(): readonly Fact[];
}

/** A topic that fewer references than this touch says nothing by its absence. */
const minNegativeShare = 0.03;

/** Weight of one absent topic, where a present one has its score, about 1 to 10. */
const negativeWeight = 0.15;

/**
 * Values of one modality alone: amounts of several are not comparable, so that those of the others
 * are left out.
 */
const oneModality = (mentions: readonly Mention[]): { mentions: Mention[]; modality?: string } => {
  const modality = countBy(
    mentions.filter(({ value }) => value !== undefined),
    (mention) => mention.modality,
  )[0]?.[0];
  if (modality === undefined) return { mentions: [...mentions] };
  return {
    modality,
    mentions: mentions.map((mention) => {
      if (mention.modality === modality || mention.value === undefined) return mention;
      const { value: _value, ...rest } = mention;
      return rest;
    }),
  };
};

const valueScaleOf = (
  scale: PeriodScale | undefined,
  modality: string | undefined,
  key: string | undefined = modality,
): Pick<Group, 'valueScale'> => {
  const kind = scale?.modalities.find((entry) => entry.modality === modality)?.valueKind;
  if (scale === undefined || kind === undefined) return {};
  return {
    valueScale: {
      kind,
      cuts: scale.cuts[`value:${key}`] ?? [],
      totalCuts: scale.cuts[`total:${key}`] ?? [],
    },
  };
};

/** Life topics: the `topK` that fit best, and the common ones without any mention. */
export function lifeSources(
  past: { readonly profile: UserProfile; readonly actions: readonly Action[] },
  options: {
    readonly topics: readonly LifeTopic[];
    readonly index: TopicIndex;
    readonly windowDays: number;
    readonly topK: number;
    readonly scale?: ProfileScale;
    readonly scores?: readonly number[] | undefined;
  },
): FactSource[] {
  const { topics, index, windowDays, topK, scale } = options;
  const found = lifeMentions(index, past);
  const scores = options.scores ?? keywordScores(found, { topics, scale });
  const sourceOf = (topic: number, weight: number): FactSource => {
    const { id, name } = topics[topic]!;
    const { mentions = [], totalCount = past.actions.length } = found.get(topic) ?? {};
    const cuts = scale?.topics[id]?.cuts ?? [];
    return {
      weight,
      facts: () => {
        const valued = oneModality(mentions);
        return groupFacts({
          topic: id,
          name,
          mentions: valued.mentions,
          totalCount,
          windowDays,
          ...(cuts.length === 0 ? {} : { countCuts: cuts }),
          // The sum of a topic has no population to compare with: no level for it.
          ...withoutTotals(valueScaleOf(scale?.behaviour, valued.modality)),
        });
      },
    };
  };
  const isCommon = (topic: number): boolean =>
    scale === undefined || (scale.topics[topics[topic]!.id]?.share ?? 0) >= minNegativeShare;
  const absent = [...topics.keys()].filter((topic) => !found.has(topic) && isCommon(topic));
  const retrieved = retrievedTopics(scores, topK);
  return [
    ...retrieved.map((topic) => sourceOf(topic, scores[topic]!)),
    ...absent
      .filter((topic) => !retrieved.includes(topic))
      .map((topic) => sourceOf(topic, negativeWeight)),
  ];
}

const withoutTotals = ({ valueScale }: Pick<Group, 'valueScale'>): Pick<Group, 'valueScale'> =>
  valueScale === undefined ? {} : { valueScale: { ...valueScale, totalCuts: [] } };

const groupSource = (
  past: PastBehaviour,
  group: { readonly modality: string; readonly category?: string },
): FactSource => {
  const { modality, category } = group;
  const { actions, windowDays, scale, profile } = past;
  const key = category === undefined ? modality : categoryKey(modality, category);
  const countCuts = scale?.cuts[`count:${key}`];
  const belongs = (action: Action): boolean =>
    action.modality === modality && (category === undefined || action.category === category);
  return {
    weight: 1,
    facts: () => {
      const labelOfAction = labelReader(profile);
      return groupFacts({
        topic: category === undefined ? 'modality' : 'category',
        name: category ?? wordsOf(modality, past.modalityWords),
        mentions: actions.filter(belongs).map((action) => {
          const label = labelOfAction(action);
          // Where the text is the category, it names nothing within it.
          return actionMention(action, label === action.category ? undefined : label);
        }),
        totalCount: actions.length,
        windowDays,
        ...(countCuts === undefined ? {} : { countCuts }),
        ...valueScaleOf(scale, modality, key),
      });
    },
  };
};

/** Each modality of the population, where there are several; without a scale, of the user. */
export function modalitySources(past: PastBehaviour): FactSource[] {
  const names =
    past.scale?.modalities.map(({ modality }) => modality) ??
    [...new Set(past.actions.map(({ modality }) => modality))].toSorted();
  return names.length < 2 ? [] : names.map((modality) => groupSource(past, { modality }));
}

/** Each widespread category of the population; without a scale, each of the user. */
export function categorySources(past: PastBehaviour): FactSource[] {
  const { actions, windowDays, scale } = past;
  if (scale !== undefined) {
    return scale.modalities.flatMap(({ modality, categories }) =>
      categories.map(({ category, share }) => ({
        ...groupSource(past, { modality, category }),
        weight: Math.sqrt(share),
      })),
    );
  }
  const own = summarisePeriod(actions, { startDays: -windowDays, lengthDays: windowDays });
  return [...own.categories.values()].map(({ modality, category = '' }) =>
    groupSource(past, { modality, category }),
  );
}

/** The structural topics of {@link behaviourFacts}, one source a topic. */
export function behaviourSources(past: PastBehaviour): FactSource[] {
  const byTopic = new Map<string, Fact[]>();
  for (const fact of behaviourFacts(past)) {
    const known = byTopic.get(fact.topic);
    if (known === undefined) byTopic.set(fact.topic, [fact]);
    else known.push(fact);
  }
  return [...byTopic.values()].map((facts) => ({
    weight: Math.max(...facts.map(({ weight }) => weight)),
    facts: () => facts,
  }));
}
