import { valueLevel } from '../../future/levels.js';
import { median } from '../../future/period-summary.js';
import { capital, numberWords, timesWords, type Fact } from './fact.js';
import type { Group } from './group.js';

/** The values of a group, the latest first. */
export function valuesOf({ mentions }: Group): number[] {
  return mentions
    .filter(({ value }) => value !== undefined && Number.isFinite(value))
    .toSorted((a, b) => a.ageDays - b.ageDays)
    .map(({ value }) => value!);
}

const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), -Infinity);

/** The typical value, the highest and the latest: price level or score. */
export function valueFact(group: Group, values: readonly number[]): Fact {
  const { topic, name, valueScale } = group;
  const isScore = valueScale?.kind === 'score';
  const noun = isScore ? 'score' : 'amount';
  return {
    topic,
    weight: 1.5,
    queries: [
      `What is the user's typical ${name} ${noun}?`,
      `How high are the user's ${name} ${noun}s?`,
      `Describe the level of the user's ${name} ${noun}s.`,
      ...(isScore
        ? [`How well does the user do in ${name}?`]
        : [`At what price level does the user move in ${name}?`]),
    ],
    answers: () => {
      const typical = median(values);
      const words =
        valueScale === undefined || valueScale.cuts.length === 0
          ? ''
          : valueLevel(typical, valueScale);
      const level = words === '' ? '' : `${words}, `;
      if (values.length === 1) {
        return [
          `Typical ${name} ${noun} ${level}${numberWords(typical)}; the only one.`,
          `Hard to tell from one: ${name} ${noun} ${level}${numberWords(typical)}.`,
        ];
      }
      const [highest, latest] = [numberWords(largest(values)), numberWords(values[0]!)];
      return [
        `Typical ${name} ${noun} ${level}${numberWords(typical)}; highest ${highest}, latest ${latest}.`,
        `${words === '' ? 'Mixed' : capital(words)}: ${name} ${noun}s around ${numberWords(typical)}, up to ${highest}, lately ${latest}.`,
      ];
    },
  };
}

/** The sum of all amounts. */
export function sumFact(group: Group, values: readonly number[]): Fact {
  const { topic, name, windowDays, valueScale } = group;
  return {
    topic,
    weight: 0.8,
    queries: [
      `How much does the user spend or move in ${name} altogether?`,
      `What do the user's ${name} amounts add up to?`,
      `Is the user a big or a small spender in ${name}?`,
    ],
    answers: () => {
      const total = values.reduce((sum, value) => sum + value, 0);
      const cuts = valueScale?.totalCuts ?? [];
      const level =
        cuts.length === 0 ? 'In all' : capital(valueLevel(total, { cuts, kind: 'amount' }));
      const times = timesWords(values.length);
      return [
        `${level}: ${name} ${numberWords(total)} in ${windowDays} days, ${times}.`,
        `${level}, a sum of ${numberWords(total)} over ${times} of ${name} in ${windowDays} days.`,
      ];
    },
  };
}
