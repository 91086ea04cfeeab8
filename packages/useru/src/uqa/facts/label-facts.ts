import { listWords } from '../../future/wording.js';
import { countBy, nounWords, type Fact } from './fact.js';
import type { Group } from './group.js';

/** Which places or things a group is about: merchants, pages, items. */
export function labelFact(group: Group): Fact {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 1.2,
    queries: [
      `What exactly does the user do or buy in ${name}?`,
      `Which places or items stand out in the user's ${name}?`,
      `Does the user have a favourite in ${name}?`,
      `How loyal is the user to one name in ${name}?`,
    ],
    answers: () => {
      const counts = countBy(mentions, ({ label }) => label);
      const named = counts.reduce((sum, [, count]) => sum + count, 0);
      const [label, count] = counts[0]!;
      if (count === 1 && counts.length > 1) {
        return [
          `Nothing stands out: ${nounWords(counts.length, 'different name')} in ${named} records of ${name}, among them ${label}.`,
          `No favourite: ${named} records of ${name}, each of another name, such as ${label}.`,
        ];
      }
      const others = counts.slice(1, 3).map(([other, times]) => `${other} ${times}`);
      const head = count >= 0.6 * named ? 'Mainly' : 'Most often';
      const tail = others.length === 0 ? 'nothing else' : `then ${listWords(others)}`;
      return [
        `${head} ${label}: ${count} of ${named} in ${name}, ${tail}.`,
        `${head} ${label}, ${count} of ${named} times in ${name}; ${nounWords(counts.length, 'different name')} in all.`,
      ];
    },
  };
}
