import { isOmission } from '../omission.js';
import { countWords, gapWords, listWords, weekWords } from '../wording.js';
import type { FutureAspect, FutureContext } from './aspect.js';

const inactivityQueries = [
  'Will the user become inactive in the next {period}?',
  'Is this user going to drop out or go silent over the next {period}?',
  'How long will the user stay away during the next {period}?',
  'When in the coming {period} will the user be active for the last time?',
];

const regularityQueries = [
  'How regularly will the user be active over the next {period}?',
  'In which weeks of the next {period} will the user be active?',
  'Will the user come back every week in the coming {period}?',
];

const returnQueries = [
  'When will the user be active next, and with what?',
  "What is the user's next action and when?",
  'How soon will the user come back?',
];

/** Days without activity before, between and after the active days, the longest of them. */
const longestGapDays = (activeDays: readonly number[], lengthDays: number): number => {
  let longest = 0;
  let from = 0;
  for (const day of [...activeDays, Math.ceil(lengthDays)]) {
    longest = Math.max(longest, day - from);
    from = day + 1;
  }
  return longest;
};

const habitWords = (gap: number, tail: number, lengthDays: number): string => {
  if (tail >= lengthDays / 2) return 'Goes silent';
  if (gap >= lengthDays / 2) return 'Mostly silent';
  if (gap >= lengthDays / 4) return 'Active with long pauses';
  return gap >= lengthDays / 8 ? 'Active with short pauses' : 'Stays active';
};

/** Silence: the longest gap, and when the user is last active. */
export function inactivityAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'inactivity',
    queries: inactivityQueries,
    answer: () => {
      const { activeDays, activeWeeks, weekCount, lengthDays } = context.ahead;
      const last = activeDays.at(-1);
      if (last === undefined) {
        return `No activity at all: the user is inactive for the whole ${lengthDays} days.`;
      }
      const tail = Math.ceil(lengthDays) - 1 - last;
      const gap = longestGapDays(activeDays, lengthDays);
      const habit = habitWords(gap, tail, lengthDays);
      const lastWeek = `last active in week ${activeWeeks.at(-1)! + 1} of ${weekCount}`;
      const days = Math.ceil(lengthDays);
      const silent = `${countWords(days - activeDays.length, days)} of ${days} days silent`;
      const longest = gap === 0 ? '' : `, longest silence ${gapWords(gap, days)}`;
      return `${habit}: ${silent}${longest}, ${lastWeek}.`;
    },
  };
}

/** Active weeks. */
export function regularityAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'regularity',
    queries: regularityQueries,
    answer: () => {
      const { activeWeeks, activeDays, weekCount, lengthDays } = context.ahead;
      const active = activeWeeks.length;
      if (active === 0) return `Not regular: active in none of ${weekCount} weeks.`;
      // The last week may be longer: it has the remainder of the period.
      const weeksLong = (active * lengthDays) / (7 * weekCount);
      const perWeek = Math.min(7, Math.max(1, Math.round(activeDays.length / weeksLong)));
      const days = `on about ${perWeek} ${perWeek === 1 ? 'day' : 'days'} a week`;
      if (active === weekCount) {
        return `Very regular: active in each of the ${weekCount} weeks, ${days}.`;
      }
      const habit = active >= weekCount * 0.75 ? 'Fairly regular' : 'Irregular';
      const weeks = weekWords(activeWeeks, weekCount);
      return `${habit}: active in ${active} of ${weekCount} weeks, ${weeks}, ${days}.`;
    },
  };
}

/** The first active day and its commonest categories. */
export function returnAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'return',
    queries: returnQueries,
    answer: () => {
      const { activeDays, lengthDays } = context.ahead;
      const first = activeDays[0];
      if (first === undefined) return `Not within ${lengthDays} days: no next action.`;
      const counts = new Map<string, number>();
      for (const { timeDays, category } of context.actions) {
        if (Math.floor(timeDays) === first && !isOmission(category)) {
          counts.set(category, (counts.get(category) ?? 0) + 1);
        }
      }
      const names = [...counts]
        .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, 3)
        .map(([name]) => name);
      const when = first === 0 ? 'at once, within one day' : `after ${gapWords(first)}`;
      return `Next active ${when}, with ${listWords(names)}.`;
    },
  };
}
