import { activityLevel, valueLevel, type ValueKind } from '../future/levels.js';
import { median } from '../future/period-summary.js';
import {
  agoWords,
  numberWords,
  percentWords,
  timesWords,
  type Fact,
  type Mention,
} from './fact.js';

/** A group of things a user did: a life topic, a modality, a category. */
export interface Group {
  /** The topic its facts are filed under. */
  readonly topic: string;
  /** How a query names it. */
  readonly name: string;
  /** What was done, in any order. */
  readonly mentions: readonly Mention[];
  /** Everything recorded of the user in the window, of whatever group. */
  readonly totalCount: number;
  /** How far the profile reaches back. */
  readonly windowDays: number;
  /** Cut points of the count in the population; none: no level word. */
  readonly countCuts?: readonly number[];
  /** Cut points of the typical value and what kind of values they are; none: no level word. */
  readonly valueScale?: { readonly cuts: readonly number[]; readonly kind: ValueKind };
}

/** Length of the two spans a trend compares. */
const trendDays = 14;

const capital = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;

const trendWords = (recent: number, earlier: number): string => {
  if (recent === 0) return earlier === 0 ? 'Nothing lately' : 'Stopped lately';
  if (earlier === 0) return 'New or revived';
  if (recent >= 1.25 * earlier) return 'Growing';
  return recent <= 0.8 * earlier ? 'Fading' : 'Steady';
};

const absentFact = (group: Group): Fact => {
  const { topic, name, totalCount, windowDays } = group;
  return {
    topic,
    weight: 1,
    queries: [
      `How often does the user deal with ${name}?`,
      `Is there any sign of ${name} in the user's behaviour?`,
      `Does this user care about ${name}?`,
    ],
    answer: () =>
      `No sign of ${name} among ${totalCount} ${totalCount === 1 ? 'record' : 'records'} of the last ${windowDays} days.`,
  };
};

const frequencyFact = (group: Group): Fact => {
  const { topic, name, mentions, windowDays, countCuts } = group;
  return {
    topic,
    weight: 1.5,
    queries: [
      `How often does the user deal with ${name}?`,
      `Is there any sign of ${name} in the user's behaviour?`,
      `How interested is the user in ${name}?`,
      `Does this user care about ${name}?`,
    ],
    answer: () => {
      const days = new Set(mentions.map(({ ageDays }) => Math.ceil(ageDays))).size;
      const head =
        countCuts === undefined ? 'Yes' : capital(activityLevel(mentions.length, countCuts));
      return `${head}: ${name} ${timesWords(mentions.length)} in the last ${windowDays} days, on ${days} ${days === 1 ? 'day' : 'days'}.`;
    },
  };
};

const recencyFact = (group: Group): Fact => {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 1,
    queries: [
      `When did the user last deal with ${name}?`,
      `How recent is the user's latest ${name}?`,
      `Has the user touched ${name} lately?`,
    ],
    answer: () => {
      const ages = mentions.map(({ ageDays }) => ageDays);
      const week = ages.filter((age) => age <= 7).length;
      return `Last ${name} ${agoWords(Math.min(...ages))}; ${week === 0 ? 'not once' : timesWords(week)} in the last 7 days.`;
    },
  };
};

const trendFact = (group: Group): Fact => {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 1,
    queries: [
      `Is the user's interest in ${name} growing or fading?`,
      `How has ${name} changed for this user lately?`,
      `What is the trend in ${name}?`,
    ],
    answer: () => {
      const recent = mentions.filter(({ ageDays }) => ageDays <= trendDays).length;
      const earlier = mentions.filter(
        ({ ageDays }) => ageDays > trendDays && ageDays <= 2 * trendDays,
      ).length;
      return `${trendWords(recent, earlier)}: ${name} ${recent} in the last ${trendDays} days against ${earlier} in the ${trendDays} before.`;
    },
  };
};

const shareFact = (group: Group): Fact => {
  const { topic, name, mentions, totalCount } = group;
  return {
    topic,
    weight: 0.7,
    queries: [
      `What share of the user's behaviour is ${name}?`,
      `How important is ${name} among everything the user does?`,
    ],
    answer: () => {
      const share = mentions.length / totalCount;
      const head = share >= 0.5 ? 'Dominant' : share >= 0.2 ? 'Important' : 'Minor';
      return `${head}: ${name} is ${percentWords(mentions.length, totalCount)} of ${totalCount} records.`;
    },
  };
};

const peakFact = (group: Group): Fact => {
  const { topic, name, mentions } = group;
  return {
    topic,
    weight: 0.7,
    queries: [`When was the user busiest with ${name}?`, `In which week did ${name} peak?`],
    answer: () => {
      const weeks = new Map<number, number>();
      for (const { ageDays } of mentions) {
        const week = Math.ceil(ageDays / 7);
        weeks.set(week, (weeks.get(week) ?? 0) + 1);
      }
      const [week, count] = [...weeks].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]!;
      const when =
        week === 1 ? 'in the last 7 days' : `${week - 1} weeks ago`.replace(/^1 weeks/u, '1 week');
      return `The busiest week of ${name} was ${when}: ${count} of ${mentions.length}.`;
    },
  };
};

const valueFact = (group: Group, values: readonly number[], latest: number): Fact => {
  const { topic, name, valueScale } = group;
  const noun = valueScale?.kind === 'score' ? 'score' : 'amount';
  return {
    topic,
    weight: 1.5,
    queries: [
      `What is the user's typical ${name} ${noun}?`,
      `How high are the user's ${name} ${noun}s?`,
      `Describe the level of the user's ${name} ${noun}s.`,
    ],
    answer: () => {
      const typical = median(values);
      const level = valueScale === undefined ? '' : `${valueLevel(typical, valueScale)}, `;
      const range =
        values.length === 1
          ? 'the only one'
          : `highest ${numberWords(Math.max(...values))}, latest ${numberWords(latest)}`;
      return `Typical ${name} ${noun} ${level}${numberWords(typical)}; ${range}.`;
    },
  };
};

/** All facts about a group: one negative fact where nothing of it occurred. */
export function groupFacts(group: Group): Fact[] {
  const { mentions, totalCount, windowDays } = group;
  if (mentions.length === 0) return [absentFact(group)];
  const valued = mentions
    .filter(({ value }) => value !== undefined && Number.isFinite(value))
    .toSorted((a, b) => a.ageDays - b.ageDays);
  return [
    frequencyFact(group),
    recencyFact(group),
    ...(windowDays >= 2 * trendDays ? [trendFact(group)] : []),
    ...(mentions.length < totalCount ? [shareFact(group)] : []),
    ...(mentions.length >= 5 ? [peakFact(group)] : []),
    ...(valued.length > 0
      ? [
          valueFact(
            group,
            valued.map(({ value }) => value!),
            valued[0]!.value!,
          ),
        ]
      : []),
  ];
}
