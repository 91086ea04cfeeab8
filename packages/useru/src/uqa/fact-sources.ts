import type { UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import { categoryKey, summarisePeriod } from '../future/period-summary.js';
import { behaviourFacts, type PastBehaviour } from './behaviour-facts.js';
import type { Fact } from './fact.js';
import { groupFacts } from './group-facts.js';
import { lifeMentions } from './life-mentions.js';
import type { ProfileScale } from './profile-scale.js';
import type { TopicIndex } from './topic-index.js';
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

/** Weight of one absent topic, where a present one has `log(1 + mentions)`. */
const negativeWeight = 0.15;

/** Life topics: the `topK` with most mentions, and the common ones without any. */
export function lifeSources(
  past: { readonly profile: UserProfile; readonly actions: readonly Action[] },
  options: {
    readonly topics: readonly LifeTopic[];
    readonly index: TopicIndex;
    readonly windowDays: number;
    readonly topK: number;
    readonly scale?: ProfileScale;
  },
): FactSource[] {
  const { topics, index, windowDays, topK, scale } = options;
  const found = lifeMentions(index, past);
  const sourceOf = (topic: number, weight: number): FactSource => {
    const { id, name } = topics[topic]!;
    const { mentions = [], totalCount = past.actions.length } = found.get(topic) ?? {};
    const cuts = scale?.topics[id]?.cuts ?? [];
    return {
      weight,
      facts: () =>
        groupFacts({
          topic: id,
          name,
          mentions,
          totalCount,
          windowDays,
          ...(cuts.length === 0 ? {} : { countCuts: cuts }),
        }),
    };
  };
  const retrieved = [...found]
    .map(([topic, { mentions }]) => ({ topic, score: Math.log1p(mentions.length) }))
    .toSorted((a, b) => b.score - a.score || a.topic - b.topic)
    .slice(0, topK);
  const isCommon = (topic: number): boolean =>
    scale === undefined || (scale.topics[topics[topic]!.id]?.share ?? 0) >= minNegativeShare;
  const absent = [...topics.keys()].filter((topic) => !found.has(topic) && isCommon(topic));
  return [
    ...retrieved.map(({ topic, score }) => sourceOf(topic, score)),
    ...absent.map((topic) => sourceOf(topic, negativeWeight)),
  ];
}

const groupSource = (
  past: PastBehaviour,
  group: { readonly modality: string; readonly category?: string },
): FactSource => {
  const { modality, category } = group;
  const { actions, windowDays, scale } = past;
  const key = category === undefined ? modality : categoryKey(modality, category);
  const countCuts = scale?.cuts[`count:${key}`];
  const cuts = scale?.cuts[`value:${key}`];
  const kind = scale?.modalities.find((entry) => entry.modality === modality)?.valueKind;
  const belongs = (action: Action): boolean =>
    action.modality === modality && (category === undefined || action.category === category);
  return {
    weight: 1,
    facts: () =>
      groupFacts({
        topic: category === undefined ? 'modality' : 'category',
        name: category ?? modality,
        mentions: actions.filter(belongs).map(({ timeDays, value }) => ({
          ageDays: -timeDays,
          ...(value === undefined ? {} : { value }),
        })),
        totalCount: actions.length,
        windowDays,
        ...(countCuts === undefined ? {} : { countCuts }),
        ...(cuts === undefined || kind === undefined ? {} : { valueScale: { cuts, kind } }),
      }),
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
