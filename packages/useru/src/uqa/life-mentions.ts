import type { UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import type { Mention } from './fact.js';
import type { TopicIndex } from './topic-index.js';

/** How a profile touches one topic. */
export interface LifeMentions {
  /** Each mention. */
  readonly mentions: Mention[];
  /** All actions, or all events, among which they were found. */
  readonly totalCount: number;
}

/**
 * Where a profile touches each life topic.
 *
 * An action counts for a topic if its category shows the topic's words. A topic that no category
 * shows is looked for in the texts of the events.
 *
 * @returns mentions by the topic's position in the index
 */
export function lifeMentions(
  index: TopicIndex,
  past: { readonly profile: UserProfile; readonly actions: readonly Action[] },
): Map<number, LifeMentions> {
  const { profile, actions } = past;
  const found = new Map<number, LifeMentions>();
  for (const { timeDays, category } of actions) {
    for (const topic of index.topicsOf(category)) {
      add(found, { topic, ageDays: -timeDays, totalCount: actions.length });
    }
  }
  const byText = new Map<number, LifeMentions>();
  const lists = Object.values(profile.events);
  const totalCount = lists.reduce((sum, list) => sum + list.length, 0);
  for (const { timeDays, text } of lists.flat()) {
    for (const topic of index.topicsOf(text)) {
      if (found.has(topic)) continue;
      add(byText, { topic, ageDays: profile.referenceDays - timeDays, totalCount });
    }
  }
  return new Map([...found, ...byText]);
}

const add = (
  map: Map<number, LifeMentions>,
  mention: { readonly topic: number; readonly ageDays: number; readonly totalCount: number },
): void => {
  const { topic, ageDays, totalCount } = mention;
  const known = map.get(topic);
  if (known === undefined) map.set(topic, { mentions: [{ ageDays }], totalCount });
  else known.mentions.push({ ageDays });
};
