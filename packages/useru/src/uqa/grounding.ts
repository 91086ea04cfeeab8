import type { QueryAnswer, UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import { isOmission } from '../future/omission.js';
import { wordsOf, type ModalityWords } from '../future/modality-words.js';
import { countBy, type Mention } from './facts/fact.js';
import { featureName, featureWords } from './features.js';
import { groupNumbers, saidPercent } from './group-numbers.js';
import { labelOf, labelReader } from './labels.js';
import { actionMention, lifeMentions } from './life-mentions.js';
import type { ProfileScale } from './profile-scale.js';
import { createTopicIndex } from './topic-index.js';
import { templateWords } from './template-words.js';
import { lifeTopics, type LifeTopic } from './topics.js';

/** What an answer states that the facts do not. */
export interface UngroundedParts {
  /** Numbers that no fact about the matter of the question has. */
  readonly numbers: readonly string[];
  /** Words that are neither wording nor names of the profile. */
  readonly names: readonly string[];
}

/** Checks answers of the template annotator against one profile. */
export interface GroundingChecker {
  /** What of a pair's answer the profile does not support; empty lists where all of it is. */
  check(pair: Pick<QueryAnswer, 'query' | 'answer' | 'topic'>): UngroundedParts;
}

/** What {@link createGrounding} takes. */
export interface GroundingOptions {
  /** How far a profile reaches back. */
  readonly windowDays: number;
  /** The life topics the pairs were written with; the built-in ones by default. */
  readonly topics?: readonly LifeTopic[];
  /** The scale they were written with: its categories may be named as absent. */
  readonly scale?: ProfileScale;
  /** What they call the modalities; their names by default. */
  readonly modalityWords?: ModalityWords | undefined;
}

interface CountedGroup {
  readonly mentions: readonly Mention[];
  readonly totalCount: number;
}

/**
 * The reflection of the template annotator: a check that every number and every name an answer
 * states is in the facts.
 *
 * It counts the profile anew, apart from the code that words the answers. A number must be one that
 * can be said of the very group the question is about; a word must belong to the wording, or to a
 * category, modality, topic, event text or tabular value of this profile, or to the matter the
 * question itself names.
 */
export function createGrounding(
  options: GroundingOptions,
): (profile: UserProfile, pastActions: readonly Action[]) => GroundingChecker {
  const { windowDays, topics = lifeTopics, scale, modalityWords } = options;
  const index = createTopicIndex(topics);
  const positions = new Map(topics.map(({ id }, i) => [id, i]));
  const populationNames = (scale?.behaviour.modalities ?? []).flatMap(
    ({ modality, categories }) => [
      wordsOf(modality, modalityWords),
      ...categories.map(({ category }) => category),
    ],
  );

  const isInside = ({ timeDays }: Action): boolean => timeDays < 0 && timeDays >= -windowDays;
  return (profile, pastActions) => {
    const actions = pastActions.every(isInside) ? pastActions : pastActions.filter(isInside);
    const labelOfAction = labelReader(profile);
    const mentionsOf = (list: readonly Action[]): Mention[] =>
      list.map((action) => actionMention(action, labelOfAction(action)));
    let life: ReturnType<typeof lifeMentions> | undefined;
    let own: string[] | undefined;
    const ownNames = (): string[] => (own ??= profileNames(profile, actions, modalityWords));

    /** The groups a question may be about: several where a category has several modalities. */
    const groupsOf = (query: string, topic: string): CountedGroup[] => {
      const position = positions.get(topic);
      if (position !== undefined) {
        life ??= lifeMentions(index, { profile, actions });
        return [life.get(position) ?? { mentions: [], totalCount: actions.length }];
      }
      if (topic === 'modality' || topic === 'category') {
        const key = topic;
        const nameOf = (action: Action): string =>
          key === 'modality' ? wordsOf(action.modality, modalityWords) : action.category;
        const names = new Set([...populationNames, ...actions.map(nameOf)]);
        const name = longestIn(query, names);
        return [...new Set(actions.map(({ modality }) => modality)), ''].map((modality) => ({
          mentions: mentionsOf(
            actions.filter(
              (a) => nameOf(a) === name && (key === 'modality' || a.modality === modality),
            ),
          ),
          totalCount: actions.length,
        }));
      }
      const done = actions.filter(({ category }) => !isOmission(category));
      return [{ mentions: mentionsOf(done), totalCount: done.length }];
    };

    const structuralNumbers = (topic: string): string[] => {
      const done = actions.filter(({ category }) => !isOmission(category));
      if (topic === 'background') {
        return Object.values(profile.tabular).flatMap((value) =>
          typeof value === 'number' ? [`${Math.round(value * 100) / 100}`] : [],
        );
      }
      const keys: ReadonlyArray<(action: Action) => string> = [
        ({ category }) => category,
        ({ modality }) => modality,
        ({ timeDays }) => `${((Math.floor(profile.referenceDays + timeDays) % 7) + 7) % 7}`,
        ({ timeDays }) => `q${Math.floor(4 * fraction(profile.referenceDays + timeDays))}`,
        ({ timeDays }) =>
          [2, 3].includes(((Math.floor(profile.referenceDays + timeDays) % 7) + 7) % 7)
            ? 'weekend'
            : 'weekday',
      ];
      const counts = keys.flatMap((keyOf) => {
        const groups = countBy(done, keyOf);
        return [...groups.map(([, count]) => count), groups.length];
      });
      const shares = counts.flatMap((count) => saidPercent(count, done.length));
      const clock = topic === 'daytime' ? [6, 12, 18, 24] : [];
      return [...counts, ...shares, ...clock].map(String);
    };

    const unknownIn = (
      { query, answer, topic = '' }: Pick<QueryAnswer, 'query' | 'answer' | 'topic'>,
      names: readonly string[],
    ): UngroundedParts => {
      const isGroup = positions.has(topic) || topic === 'modality' || topic === 'category';
      const rest = without(answer, names);
      const stated = rest.match(/\d+(?:\.\d+)?/gu) ?? [];
      const unknown = groupsOf(query, topic).map((group) => {
        const numbers = groupNumbers(group.mentions, { totalCount: group.totalCount, windowDays });
        if (!isGroup) for (const number of structuralNumbers(topic)) numbers.add(number);
        return stated.filter((number) => !numbers.has(number));
      });
      return {
        numbers: unknown.toSorted((a, b) => a.length - b.length)[0] ?? stated,
        names: (rest.match(/\p{L}[\p{L}\p{N}-]*/gu) ?? []).filter(
          (word) => !templateWords.has(word.toLowerCase()),
        ),
      };
    };

    return {
      check: (pair) => {
        const position = positions.get(pair.topic ?? '');
        const asked = [
          ...populationNames.filter((name) => pair.query.includes(name)),
          ...(position === undefined ? [] : [topics[position]!.name]),
        ];
        const quick = unknownIn(pair, asked);
        // Most answers name nothing but what they are asked about.
        if (quick.numbers.length + quick.names.length === 0) return quick;
        return unknownIn(pair, [...asked, ...ownNames()]);
      },
    };
  };
}

const fraction = (value: number): number => value - Math.floor(value);

/** All names that may be said of a profile. */
const profileNames = (
  profile: UserProfile,
  actions: readonly Action[],
  modalityWords: ModalityWords | undefined,
): string[] => {
  const names = new Set<string>();
  for (const { modality, category } of actions) {
    names.add(wordsOf(modality, modalityWords)).add(category);
  }
  for (const { text } of Object.values(profile.events).flat()) {
    const label = labelOf(text);
    if (label !== undefined) names.add(label);
  }
  for (const [column, value] of Object.entries(profile.tabular)) {
    names.add(featureName(column));
    if (typeof value === 'string') names.add(featureWords(value) ?? '');
  }
  return [...names];
};

/** The longest of `names` in a text, in the letters' own case. */
const longestIn = (text: string, names: Iterable<string>): string | undefined => {
  let longest: string | undefined;
  for (const name of names) {
    if (text.includes(name) && name.length > (longest?.length ?? 0)) longest = name;
  }
  return longest;
};

/** A text without the names in it, the longest first; a capital first letter is the same name. */
const without = (text: string, names: readonly string[]): string => {
  const folded = text.toLowerCase();
  let rest = text;
  const present = names
    .filter((name) => name !== '' && folded.includes(name.toLowerCase()))
    .toSorted((a, b) => b.length - a.length);
  for (const name of present) {
    const pattern = name.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
    // Whole words only: a name is not part of another word or number.
    rest = rest.replaceAll(
      new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, 'giu'),
      '\u0000',
    );
  }
  return rest;
};
