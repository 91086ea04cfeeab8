import { activityLevel } from '../../future/levels.js';
import { listWords } from '../../future/wording.js';
import {
  activeAges,
  agoWords,
  busiestWeek,
  countBy,
  fewRecords,
  nounWords,
  trendWords,
  weekWords,
  type Fact,
} from './fact.js';
import { agesOf, type PastBehaviour } from './past.js';

/** How much in all. */
export function volumeFact({ actions, windowDays, scale }: PastBehaviour): Fact {
  return {
    topic: 'activity',
    weight: 1.5,
    queries: [
      'How active is the user?',
      "What is the user's overall level of activity?",
      'Is this a busy or a quiet user?',
      'How much does the user do altogether?',
    ],
    answers: () => {
      if (actions.length === 0) {
        return [
          `No activity at all in the last ${windowDays} days.`,
          `None: not a single record in ${windowDays} days.`,
        ];
      }
      const days = activeAges(agesOf(actions)).length;
      const level =
        scale === undefined
          ? 'Active'
          : `Activity ${activityLevel(actions.length, scale.cuts['count'] ?? [])}`;
      const done = nounWords(actions.length, 'action');
      return [
        `${level}: ${done} on ${nounWords(days, 'day')} of the last ${windowDays}.`,
        `${level}, with ${done} in ${windowDays} days, of which ${days} active.`,
      ];
    },
  };
}

/** When last, and with what. */
export function latestFact({ actions }: PastBehaviour): Fact {
  return {
    topic: 'recency',
    weight: 1,
    queries: [
      'When was the user last active?',
      "How recent is the user's latest activity, and what was it?",
      'Is the user still around?',
      'What did the user do last?',
    ],
    answers: () => {
      const ages = agesOf(actions);
      const age = Math.min(...ages);
      const latest = actions.filter(({ timeDays }) => -timeDays === age);
      const names = listWords(
        countBy(latest, ({ category }) => category)
          .slice(0, 2)
          .map(([name]) => name),
      );
      const week = activeAges(ages).filter((day) => day <= 7).length;
      return [
        `Last active ${agoWords(age)}, with ${names}; active on ${week} of the last 7 days.`,
        `${week === 0 ? 'Away' : 'Around'}: active on ${week} of the last 7 days, last ${agoWords(age)} with ${names}.`,
      ];
    },
  };
}

/** The longest pause and the current one. */
export function silenceFact({ actions, windowDays }: PastBehaviour): Fact {
  return {
    topic: 'silence',
    weight: 1,
    queries: [
      'How regular is the user, and how long are the pauses?',
      'Does the user ever stay away for long?',
      "What is the longest silence in the user's behaviour?",
      'Is the user silent at the moment?',
    ],
    answers: () => {
      const ages = activeAges(agesOf(actions));
      const current = ages[0]! - 1;
      let longest = current;
      for (let i = 1; i < ages.length; i++) {
        longest = Math.max(longest, ages[i]! - ages[i - 1]! - 1);
      }
      const head = longest >= 21 ? 'Irregular' : longest >= 7 ? 'With pauses' : 'Regular';
      const active = `active on ${ages.length} of ${windowDays} days`;
      return [
        `${head}: ${active}, the longest silence ${nounWords(longest, 'day')}, the current one ${current}.`,
        `${head}, ${active}, never silent for more than ${nounWords(longest, 'day')}, now for ${current}.`,
      ];
    },
  };
}

/** The last two weeks against the two before. */
export function courseFact({ actions, windowDays }: PastBehaviour): Fact {
  return {
    topic: 'trend',
    weight: 1.5,
    queries: [
      'Is the user becoming more or less active?',
      "What is the trend of the user's activity?",
      'How do the last two weeks compare with the two before?',
      'Is the user losing interest?',
    ],
    answers: () => {
      if (actions.length < fewRecords) {
        return [
          `Too little to tell: only ${nounWords(actions.length, 'action')} in the last ${windowDays} days.`,
        ];
      }
      const ages = agesOf(actions);
      const recent = ages.filter((age) => age <= 14).length;
      const earlier = ages.filter((age) => age > 14 && age <= 28).length;
      const head = trendWords(recent, earlier, ['Rising', 'Falling']);
      return [
        `${head}: ${recent} actions in the last 14 days against ${earlier} in the 14 before.`,
        `${head}, from ${earlier} to ${recent} actions between the last two spans of 14 days.`,
      ];
    },
  };
}

/** The busiest week. */
export function burstFact({ actions }: PastBehaviour): Fact {
  return {
    topic: 'peak',
    weight: 0.7,
    queries: [
      'When was the user busiest?',
      "Which week was the peak of the user's activity?",
      'Was there a burst of activity, and when?',
    ],
    answers: () => {
      const [week, count] = busiestWeek(agesOf(actions));
      return [
        `The busiest week was ${weekWords(week)}: ${count} of ${actions.length} actions.`,
        `Peak ${weekWords(week)}, with ${count} of ${actions.length} actions.`,
      ];
    },
  };
}
