import { listWords } from '../../future/wording.js';
import { countBy, percentWords, type Fact } from './fact.js';
import { wordsOf } from '../../future/modality-words.js';
import { featureName, featureWords } from '../features.js';
import type { PastBehaviour } from './past.js';

/** The commonest categories. */
export function favouriteFact({ actions }: PastBehaviour): Fact {
  return {
    topic: 'favourites',
    weight: 1.5,
    queries: [
      'What does the user do most?',
      "What are the user's favourite activities?",
      'Which kinds of action are the most typical of this user?',
      'What is this user like?',
    ],
    answers: () => {
      const [first, ...rest] = countBy(actions, ({ category }) => category);
      const [name, count] = first!;
      const others = rest.slice(0, 2).map(([other, times]) => `${other} ${times}`);
      const tail = others.length === 0 ? 'nothing else' : `then ${listWords(others)}`;
      const share = count / actions.length;
      const head =
        share >= 0.5 ? 'Mostly' : share >= 0.1 ? 'Most often' : 'Nothing dominates: most often';
      return [
        `${head} ${name}: ${count} of ${actions.length} actions, ${tail}.`,
        `${head} ${name}, with ${count} of ${actions.length} actions, ${tail}.`,
      ];
    },
  };
}

/** How many different categories. */
export function diversityFact({ actions }: PastBehaviour): Fact {
  return {
    topic: 'diversity',
    weight: 1,
    queries: [
      'How varied is what the user does?',
      'Does the user do many different things or always the same?',
      "How wide are the user's interests?",
    ],
    answers: () => {
      const counts = countBy(actions, ({ category }) => category);
      const top = counts[0]![1] / actions.length;
      const head = top >= 0.6 ? 'Narrow' : top >= 0.35 ? 'Fairly varied' : 'Varied';
      const kinds = counts.length === 1 ? 'kind' : 'kinds';
      const percent = percentWords(counts[0]![1], actions.length);
      return [
        `${head}: ${counts.length} different ${kinds} of action, the commonest ${percent}.`,
        `${head}, as ${percent} are of the commonest of ${counts.length} ${kinds}.`,
      ];
    },
  };
}

/** Shares of the modalities. */
export function mixFact({ actions, modalityWords }: PastBehaviour): Fact {
  return {
    topic: 'mix',
    weight: 0.7,
    queries: [
      "How does the user's activity split between its kinds?",
      'Which kind of activity dominates?',
      'Where does the user spend most time?',
    ],
    answers: () => {
      const shares = listWords(
        countBy(actions, ({ modality }) => modality)
          .slice(0, 4)
          .map(
            ([name, count]) =>
              `${wordsOf(name, modalityWords)} ${percentWords(count, actions.length)}`,
          ),
      );
      return [
        `By kind: ${shares} of ${actions.length} actions.`,
        `Of ${actions.length} actions ${shares}.`,
      ];
    },
  };
}

/** Two common categories against each other. */
export function comparisonFacts({ actions }: PastBehaviour): Fact[] {
  const top = countBy(actions, ({ category }) => category).slice(0, 4);
  return top.flatMap(([one, oneCount], i) =>
    top.slice(i + 1).map(([other, otherCount]): Fact => {
      const head = oneCount === otherCount ? 'Equal' : `More ${one}`;
      return {
        topic: 'comparison',
        weight: 1,
        queries: [
          `Which comes up more often for this user, ${one} or ${other}?`,
          `Does the user turn more to ${other} or to ${one}?`,
          `How do ${other} and ${one} compare for this user?`,
        ],
        answers: () => [
          `${head}: ${one} ${oneCount} against ${other} ${otherCount}.`,
          `${head}, with ${oneCount} of ${one} and ${otherCount} of ${other}.`,
        ],
      };
    }),
  );
}

/** What the tabular profile says: its numbers, and its words where they are short. */
export function backgroundFacts({ profile }: PastBehaviour): Fact[] {
  return Object.entries(profile.tabular).flatMap(([column, value]): Fact[] => {
    const words = featureWords(value);
    if (words === undefined) return [];
    const name = featureName(column);
    return [
      {
        topic: 'background',
        weight: typeof value === 'string' ? 1 : 0.3,
        queries: [
          `What is on record as ${name}?`,
          `What does the profile say about ${name}?`,
          `Tell me the ${name} on record.`,
        ],
        answers: () => [
          `On record: ${name} ${words}.`,
          `According to the profile, ${name}: ${words}.`,
        ],
      },
    ];
  });
}

/** That a profile has no words on record. */
export function noBackgroundFact({ profile }: PastBehaviour): Fact[] {
  return Object.entries(profile.tabular)
    .filter(([, value]) => value === null)
    .map(([column]): Fact => {
      const name = featureName(column);
      return {
        topic: 'background',
        weight: 0.3,
        queries: [`What is on record as ${name}?`, `What does the profile say about ${name}?`],
        answers: () => [`Unknown: no ${name} on record.`],
      };
    });
}
