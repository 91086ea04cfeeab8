import type { QueryAnswer, UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import { featureName, featureWords } from '../uqa/features.js';
import { templateWords } from '../uqa/template-words.js';

/** What an answer of the template annotator begins with if it denies what is asked. */
const denial = /^(?:No|None|Nothing)\b/u;

/** Whether a name stands in a text as words of its own, whatever its case. */
const mentions = (text: string, name: string): boolean => {
  const folded = text.toLowerCase();
  for (let at = folded.indexOf(name); at >= 0; at = folded.indexOf(name, at + 1)) {
    const around = `${folded[at - 1] ?? ' '}${folded[at + name.length] ?? ' '}`;
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
};

/**
 * Names of what a user did after the reference alone: categories of later actions that nothing of the
 * profile mentions.
 */
export function laterNames(
  profile: UserProfile,
  actions: { readonly past: readonly Action[]; readonly later: readonly Action[] },
): string[] {
  const known = new Set(actions.past.map(({ category }) => category.toLowerCase()));
  const texts = [
    ...Object.values(profile.events).flatMap((list) => list.map(({ text }) => text)),
    ...Object.entries(profile.tabular).flatMap(([column, value]) => [
      featureName(column),
      featureWords(value) ?? '',
    ]),
  ];
  return [...new Set(actions.later.map(({ category }) => category.toLowerCase()))].filter(
    (name) =>
      !known.has(name) &&
      !templateWords.has(name) &&
      ![...known, ...texts].some((text) => mentions(text, name)),
  );
}

/**
 * Which of {@link laterNames} an answer of D_uqa gives away: mentions without being asked about, or,
 * asked about, without denying. The name of the pair's own topic may hold such a name by itself.
 */
export function leakedName(
  { query, answer }: Pick<QueryAnswer, 'query' | 'answer'>,
  options: {
    readonly laterNames: readonly string[];
    readonly topicName: string | undefined;
    readonly deniesInTemplates: boolean;
  },
): string | undefined {
  const { topicName = '', deniesInTemplates } = options;
  const [asked, said] = [query, answer].map((text) =>
    topicName === '' ? text : text.replaceAll(topicName, ''),
  ) as [string, string];
  return options.laterNames.find(
    (name) =>
      mentions(said, name) &&
      (!mentions(asked, name) || (deniesInTemplates && !denial.test(answer))),
  );
}

/** Whether a profile holds an answer of D_future, in an event's text or a feature. */
export function isInProfile(answer: string, profile: UserProfile): boolean {
  const folded = answer.toLowerCase();
  const holds = (text: string): boolean => text.toLowerCase().includes(folded);
  return (
    Object.values(profile.events).some((list) => list.some(({ text }) => holds(text))) ||
    Object.values(profile.tabular).some((value) => typeof value === 'string' && holds(value))
  );
}
