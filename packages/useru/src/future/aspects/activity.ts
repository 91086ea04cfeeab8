import { activityLevel } from '../levels.js';
import { countWords } from '../wording.js';
import { cutsOf, type FutureAspect, type FutureContext } from './aspect.js';

const activityQueries = [
  'How active will the user be in the next {period}?',
  'What level of activity should we expect over the next {period}?',
  'On how many days of the next {period} will the user be active?',
  'Will the user be busy or quiet during the coming {period}?',
];

const trendQueries = [
  'Will activity rise or fall in the next {period}?',
  'How will the next {period} compare with the recent past?',
  "What is the trend of the user's activity over the next {period}?",
  'Is the user going to do more or less in the coming {period} than before?',
];

const levelOfCount = (count: number, { scale }: FutureContext): string =>
  activityLevel(count, cutsOf(scale, 'count'));

/** Overall activity level and active days. */
export function activityAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'activity',
    queries: activityQueries,
    answer: () => {
      const { count, activeDays, lengthDays } = context.ahead;
      if (count === 0) return `Activity none: not a single active day in ${lengthDays} days.`;
      const dayLevel = activityLevel(activeDays.length, cutsOf(context.scale, 'activeDays'));
      const days = `${countWords(activeDays.length)} of ${lengthDays}`;
      const level = levelOfCount(count, context);
      return `Activity ${level}: ${countWords(count)} actions, active days ${dayLevel}, ${days}.`;
    },
  };
}

const trendWords = (now: number, before: number): string => {
  if (now === 0) return before === 0 ? 'stays at nothing' : 'stops completely';
  if (before === 0) return 'starts anew';
  const ratio = now / before;
  if (ratio >= 2) return 'rises sharply';
  if (ratio >= 1.25) return 'rises';
  if (ratio <= 0.5) return 'falls sharply';
  return ratio <= 0.8 ? 'falls' : 'stays about the same';
};

/** Activity of the horizon against the equally long period before the reference. */
export function trendAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'trend',
    queries: trendQueries,
    answer: () => {
      const now = context.ahead.count;
      const before = context.before.count;
      const change = `from ${levelOfCount(before, context)} to ${levelOfCount(now, context)}`;
      return `Activity ${trendWords(now, before)} against the previous ${context.ahead.lengthDays} days, ${change}.`;
    },
  };
}
