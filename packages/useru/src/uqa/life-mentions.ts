import type { UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import type { Mention } from './facts/fact.js';
import { labelOf, labelReader } from './labels.js';
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
): ReadonlyMap<number, LifeMentions> {
  const { profile, actions } = past;
  if (last?.index === index && last.profile === profile && last.actions === actions) {
    return last.result;
  }
  const found = new Map<number, LifeMentions>();
  const labelOfAction = labelReader(profile);
  for (const action of actions) {
    const topics = index.topicsOf(action.category);
    if (topics.length === 0) continue;
    const mention = actionMention(action, labelOfAction(action));
    for (const topic of topics) add(found, topic, { mention, totalCount: actions.length });
  }
  const byText = new Map<number, LifeMentions>();
  const lists = Object.entries(profile.events);
  const totalCount = lists.reduce((sum, [, list]) => sum + list.length, 0);
  for (const [modality, list] of lists) {
    for (const { timeDays, text, value } of list) {
      const topics = index.topicsOf(text).filter((topic) => !found.has(topic));
      if (topics.length === 0) continue;
      const mention = {
        ageDays: profile.referenceDays - timeDays,
        modality,
        label: labelOf(text),
        ...(value === undefined ? {} : { value }),
      };
      for (const topic of topics) add(byText, topic, { mention, totalCount });
    }
  }
  const result = new Map([...found, ...byText]);
  last = { index, profile, actions, result };
  return result;
}

/** The facts of a profile and their check ask the same in a row. */
let last:
  | {
      readonly index: TopicIndex;
      readonly profile: UserProfile;
      readonly actions: readonly Action[];
      readonly result: ReadonlyMap<number, LifeMentions>;
    }
  | undefined;

/** An action as something counted. */
export function actionMention(
  { timeDays, modality, value }: Action,
  label: string | undefined,
): Mention {
  return { ageDays: -timeDays, modality, label, ...(value === undefined ? {} : { value }) };
}

const add = (
  map: Map<number, LifeMentions>,
  topic: number,
  found: { readonly mention: Mention; readonly totalCount: number },
): void => {
  const known = map.get(topic);
  if (known === undefined) {
    map.set(topic, { mentions: [found.mention], totalCount: found.totalCount });
  } else known.mentions.push(found.mention);
};
