import type { UserProfile } from '@q-anchor/core';

import type { Action } from '../future/action.js';
import { activityLevel } from '../future/levels.js';
import { isOmission } from '../future/omission.js';
import type { PeriodScale } from '../future/scale.js';
import { listWords } from '../future/wording.js';
import { agoWords, percentWords, type Fact } from './fact.js';

/** A profile's past, ready for counting. */
export interface PastBehaviour {
  /** The profile. */
  readonly profile: UserProfile;
  /** Its actions, all of the window. */
  readonly actions: readonly Action[];
  /** How far they reach back. */
  readonly windowDays: number;
  /** Level words' meaning for a window; none: no level words. */
  readonly scale?: PeriodScale;
}

/** Days since 1970 beyond which a time axis is taken for the calendar, not for days of a course. */
const calendarFromDays = 3650;

const countBy = (
  actions: readonly Action[],
  keyOf: (action: Action) => string,
): Array<readonly [string, number]> => {
  const counts = new Map<string, number>();
  for (const action of actions) {
    const key = keyOf(action);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
};

/** Ages of the active days in whole days, 1 being the last day before the reference; ascending. */
const activeAges = (actions: readonly Action[]): number[] =>
  [...new Set(actions.map(({ timeDays }) => Math.ceil(-timeDays)))].toSorted((a, b) => a - b);

const volumeFact = ({ actions, windowDays, scale }: PastBehaviour): Fact => ({
  topic: 'activity',
  weight: 1.5,
  queries: [
    'How active is the user?',
    "What is the user's overall level of activity?",
    'Is this a busy or a quiet user?',
  ],
  answer: () => {
    if (actions.length === 0) return `No activity at all in the last ${windowDays} days.`;
    const days = activeAges(actions).length;
    const level =
      scale === undefined
        ? 'Active'
        : `Activity ${activityLevel(actions.length, scale.cuts['count'] ?? [])}`;
    const noun = actions.length === 1 ? 'action' : 'actions';
    return `${level}: ${actions.length} ${noun} on ${days} ${days === 1 ? 'day' : 'days'} of the last ${windowDays}.`;
  },
});

const recencyFact = ({ actions }: PastBehaviour): Fact => ({
  topic: 'recency',
  weight: 1,
  queries: [
    'When was the user last active?',
    "How recent is the user's latest activity, and what was it?",
    'Is the user still around?',
  ],
  answer: () => {
    const age = Math.min(...actions.map(({ timeDays }) => -timeDays));
    const latest = actions.filter(({ timeDays }) => -timeDays === age);
    const names = countBy(latest, ({ category }) => category).slice(0, 2);
    const week = activeAges(actions).filter((day) => day <= 7).length;
    return `Last active ${agoWords(age)}, with ${listWords(names.map(([name]) => name))}; active on ${week} of the last 7 days.`;
  },
});

const silenceFact = ({ actions }: PastBehaviour): Fact => ({
  topic: 'silence',
  weight: 1,
  queries: [
    'How regular is the user, and how long are the pauses?',
    'Does the user ever stay away for long?',
    "What is the longest silence in the user's behaviour?",
  ],
  answer: () => {
    const ages = activeAges(actions);
    let longest = ages[0]! - 1;
    for (let i = 1; i < ages.length; i++) longest = Math.max(longest, ages[i]! - ages[i - 1]! - 1);
    const head = longest >= 21 ? 'Irregular' : longest >= 7 ? 'With pauses' : 'Regular';
    return `${head}: the longest silence was ${longest} ${longest === 1 ? 'day' : 'days'}, the current one ${ages[0]! - 1}.`;
  },
});

const trendFact = ({ actions }: PastBehaviour): Fact => ({
  topic: 'trend',
  weight: 1.5,
  queries: [
    'Is the user becoming more or less active?',
    "What is the trend of the user's activity?",
    'How do the last two weeks compare with the two before?',
  ],
  answer: () => {
    const ages = actions.map(({ timeDays }) => -timeDays);
    const recent = ages.filter((age) => age <= 14).length;
    const earlier = ages.filter((age) => age > 14 && age <= 28).length;
    const head =
      recent >= 1.25 * earlier && recent > 0
        ? 'Rising'
        : recent <= 0.8 * earlier && earlier > 0
          ? 'Falling'
          : 'Steady';
    return `${head}: ${recent} actions in the last 14 days against ${earlier} in the 14 before.`;
  },
});

const favouriteFact = ({ actions }: PastBehaviour): Fact => ({
  topic: 'favourites',
  weight: 1.5,
  queries: [
    'What does the user do most?',
    "What are the user's favourite activities?",
    'Which kinds of action are the most typical of this user?',
  ],
  answer: () => {
    const [first, ...rest] = countBy(actions, ({ category }) => category);
    const [name, count] = first!;
    const others = rest.slice(0, 2).map(([other, times]) => `${other} ${times}`);
    const tail = others.length === 0 ? 'nothing else' : `then ${listWords(others)}`;
    return `Mostly ${name}: ${count} of ${actions.length} actions, ${tail}.`;
  },
});

const diversityFact = ({ actions }: PastBehaviour): Fact => ({
  topic: 'diversity',
  weight: 1,
  queries: [
    'How varied is what the user does?',
    'Does the user do many different things or always the same?',
  ],
  answer: () => {
    const counts = countBy(actions, ({ category }) => category);
    const top = counts[0]![1] / actions.length;
    const head = top >= 0.6 ? 'Narrow' : top >= 0.35 ? 'Fairly varied' : 'Varied';
    return `${head}: ${counts.length} different ${counts.length === 1 ? 'kind' : 'kinds'} of action, the commonest ${percentWords(counts[0]![1], actions.length)}.`;
  },
});

const peakFact = ({ actions }: PastBehaviour): Fact => ({
  topic: 'peak',
  weight: 0.7,
  queries: ['When was the user busiest?', "Which week was the peak of the user's activity?"],
  answer: () => {
    const weeks = countBy(actions, ({ timeDays }) =>
      `${Math.ceil(-timeDays / 7)}`.padStart(3, '0'),
    );
    const [key, count] = weeks[0]!;
    const ago = Number(key) - 1;
    const when = ago === 0 ? 'in the last 7 days' : ago === 1 ? '1 week ago' : `${ago} weeks ago`;
    return `The busiest week was ${when}: ${count} of ${actions.length} actions.`;
  },
});

const mixFact = ({ actions }: PastBehaviour): Fact => ({
  topic: 'mix',
  weight: 0.7,
  queries: [
    "How does the user's activity split between its kinds?",
    'Which kind of activity dominates?',
  ],
  answer: () => {
    const shares = countBy(actions, ({ modality }) => modality)
      .slice(0, 4)
      .map(([name, count]) => `${name} ${percentWords(count, actions.length)}`);
    return `By kind: ${listWords(shares)} of ${actions.length} actions.`;
  },
});

const weekendFact = ({ actions, profile }: PastBehaviour): Fact => ({
  topic: 'weekend',
  weight: 1,
  queries: [
    'Is the user active on weekdays or at the weekend?',
    "What is the weekly rhythm of the user's behaviour?",
  ],
  answer: () => {
    // Day 0, the first of January 1970, was a Thursday.
    const weekend = actions.filter(
      ({ timeDays }) => (Math.floor(profile.referenceDays + timeDays) + 3) % 7 >= 5,
    ).length;
    const share = weekend / actions.length;
    const head =
      share >= 0.4 ? 'A weekend user' : share <= 0.2 ? 'A weekday user' : 'No clear rhythm';
    return `${head}: ${percentWords(weekend, actions.length)} of ${actions.length} actions at the weekend.`;
  },
});

const backgroundFacts = ({ profile }: PastBehaviour): Fact[] =>
  Object.entries(profile.tabular)
    .filter(([, value]) => typeof value === 'string')
    .map(([column, value]) => {
      const name = column.replaceAll('_', ' ');
      return {
        topic: 'background',
        weight: 1,
        queries: [
          `What is the user's ${name}?`,
          `What does the profile say about ${name}?`,
          `Tell me the ${name} on record.`,
        ],
        answer: () => `On record as ${name}: ${value}.`,
      };
    });

/** Facts about how a user behaves as a whole, whatever the data is about; omissions do not count. */
export function behaviourFacts(recorded: PastBehaviour): Fact[] {
  const actions = recorded.actions.filter(({ category }) => !isOmission(category));
  const past = { ...recorded, actions };
  const { profile } = past;
  const background = backgroundFacts(past);
  if (actions.length === 0) return [volumeFact(past), ...background];
  const several = new Set(actions.map(({ modality }) => modality)).size > 1;
  return [
    volumeFact(past),
    recencyFact(past),
    silenceFact(past),
    trendFact(past),
    favouriteFact(past),
    diversityFact(past),
    peakFact(past),
    ...(several ? [mixFact(past)] : []),
    ...(profile.referenceDays >= calendarFromDays ? [weekendFact(past)] : []),
    ...background,
  ];
}
