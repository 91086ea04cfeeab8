import { capital } from '../../future/wording.js';
import { median } from '../../future/period-summary.js';
import {
  activeAges,
  countBy,
  fewRecords,
  nounWords,
  paceWords,
  percentWords,
  type Fact,
} from './fact.js';
import { agesOf, type PastBehaviour } from './past.js';

const weekdays = [
  'Thursdays',
  'Fridays',
  'Saturdays',
  'Sundays',
  'Mondays',
  'Tuesdays',
  'Wednesdays',
];

/** Day 0, the first of January 1970, was a Thursday. */
const weekdayOf = (days: number): string => weekdays[((Math.floor(days) % 7) + 7) % 7]!;

/** Weekdays against weekends. */
export function weekendFact({ actions, profile }: PastBehaviour): Fact {
  return {
    topic: 'weekend',
    weight: 1,
    queries: [
      'Is the user active on weekdays or at the weekend?',
      "What is the weekly rhythm of the user's behaviour?",
      'On which days of the week is the user active?',
    ],
    answers: () => {
      const days = actions.map(({ timeDays }) => weekdayOf(profile.referenceDays + timeDays));
      const weekend = days.filter((day) => day === 'Saturdays' || day === 'Sundays').length;
      const share = weekend / actions.length;
      const head =
        share >= 0.4 ? 'A weekend user' : share <= 0.2 ? 'A weekday user' : 'No clear rhythm';
      const percent = percentWords(weekend, actions.length);
      const [day, count] = countBy(days, (name) => name)[0]!;
      const isWeekend = day === 'Saturdays' || day === 'Sundays';
      // A weekday user may still have one busy day at the weekend.
      const isAtOdds = (share <= 0.2 && isWeekend) || (share >= 0.4 && !isWeekend);
      return [
        `${head}: ${percent} of ${actions.length} actions at the weekend.`,
        ...(isAtOdds
          ? []
          : [`${head}, most often active on ${day}, ${count} of ${actions.length} actions.`]),
      ];
    },
  };
}

/** The quarters of a day from midnight. */
const quarters = [
  'at night, 0 to 6 hours',
  'in the morning, 6 to 12 hours',
  'in the afternoon, 12 to 18 hours',
  'in the evening, 18 to 24 hours',
];

/** The part of a time after the day. */
const clockOf = (days: number): number => days - Math.floor(days);

/** Whether the times of most actions say more than the day. */
export function hasClock({ actions, profile }: PastBehaviour): boolean {
  const timed = actions.filter(
    ({ timeDays }) => clockOf(profile.referenceDays + timeDays + 1e-9) > 1e-6,
  );
  return 2 * timed.length > actions.length;
}

/** The time of day. */
export function daytimeFact({ actions, profile }: PastBehaviour): Fact {
  return {
    topic: 'daytime',
    weight: 0.8,
    queries: [
      'At what time of day is the user active?',
      'Is the user active by day or by night?',
      "What is the daily rhythm of the user's behaviour?",
    ],
    answers: () => {
      const parts = actions.map(
        ({ timeDays }) => quarters[Math.floor(4 * clockOf(profile.referenceDays + timeDays))]!,
      );
      const [part, count] = countBy(parts, (name) => name)[0]!;
      const head =
        count / actions.length >= 0.5 ? capital(part) : `No fixed time, most often ${part}`;
      return [
        `${head}: ${count} of ${actions.length} actions.`,
        `${head}, ${percentWords(count, actions.length)} of ${actions.length} actions.`,
      ];
    },
  };
}

/** How many days usually lie between active days. */
export function paceFact({ actions, windowDays }: PastBehaviour): Fact {
  return {
    topic: 'rhythm',
    weight: 0.8,
    queries: [
      'How often does the user come back?',
      'How many days usually lie between two active days?',
      'Is the user a daily, weekly or rare visitor?',
    ],
    answers: () => {
      const ages = activeAges(agesOf(actions));
      if (ages.length < fewRecords) {
        return [
          `Too little to tell: active on only ${nounWords(ages.length, 'day')} of the last ${windowDays}.`,
        ];
      }
      const gaps = ages.slice(1).map((age, i) => age - ages[i]!);
      const usual = Math.round(median(gaps));
      const head = paceWords(usual, Math.max(...gaps));
      return [
        `${head}: usually ${nounWords(usual, 'day')} from one active day to the next, ${ages.length} active in all.`,
        `${head}, ${ages.length} active days of ${windowDays}, usually ${nounWords(usual, 'day')} apart.`,
      ];
    },
  };
}
