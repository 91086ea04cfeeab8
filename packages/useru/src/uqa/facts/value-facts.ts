import { capital } from '../../future/wording.js';
import { valueLevel } from '../../future/levels.js';
import { median } from '../../future/period-summary.js';
import { numberWords, timesWords, type Fact } from './fact.js';
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
      `What is the user's typical ${noun} in ${name}?`,
      `How high are the user's ${noun}s in ${name}?`,
      `Describe the level of the user's ${noun}s in ${name}.`,
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
      const said = `${words === '' ? '' : `${words}, `}${numberWords(typical)}`;
      if (values.length === 1) {
        return [
          `Typical ${noun} in ${name}: ${said}; the only one.`,
          `Hard to tell from one ${noun} in ${name}: ${said}.`,
        ];
      }
      const [highest, latest] = [numberWords(largest(values)), numberWords(values[0]!)];
      const head = words === '' ? 'Mixed' : capital(words);
      if (new Set(values.map(numberWords)).size === 1) {
        return [
          `Typical ${noun} in ${name}: ${said}; always the same.`,
          `${words === '' ? 'Always the same' : head}: ${noun}s in ${name} always ${highest}.`,
        ];
      }
      return [
        `Typical ${noun} in ${name}: ${said}; highest ${highest}, latest ${latest}.`,
        `${head}: ${noun}s in ${name} around ${numberWords(typical)}, up to ${highest}, lately ${latest}.`,
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
      `What do the user's amounts in ${name} add up to?`,
      `Does a lot of money go through the user's ${name}?`,
    ],
    answers: () => {
      const total = values.reduce((sum, value) => sum + value, 0);
      const cuts = valueScale?.totalCuts ?? [];
      const level =
        cuts.length === 0 ? 'In all' : capital(valueLevel(total, { cuts, kind: 'amount' }));
      const times = timesWords(values.length);
      return [
        `${level}: a sum of ${numberWords(total)} in ${name}, ${times} in ${windowDays} days.`,
        `${level}, with ${name} ${times} in ${windowDays} days, together ${numberWords(total)}.`,
      ];
    },
  };
}
