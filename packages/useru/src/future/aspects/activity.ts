import { activityLevel } from '../levels.js';
import { countWords } from '../wording.js';
import { cutsOf, type FutureAspect, type FutureContext } from './aspect.js';

const activityQueries = [
  'How active will the user be in the next {period}?',
  'What level of activity should we expect over the next {period}?',
  'On how many days of the next {period} will the user be active?',
  'Will the user be busy or quiet during the coming {period}?',
];

const courseQueries = [
  'How will activity develop in the course of the next {period}?',
  'When in the next {period} will the user be busy, and when quiet?',
  'Describe the course of activity through the coming {period}.',
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
      const days = `${countWords(activeDays.length, Math.ceil(lengthDays))} of ${lengthDays}`;
      const level = levelOfCount(count, context);
      const noun = count === 1 ? 'action' : 'actions';
      return `Activity ${level}: ${countWords(count)} ${noun}, active days ${dayLevel}, ${days}.`;
    },
  };
}

/** The activity level of each quarter of the horizon. */
export function courseAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'course',
    queries: courseQueries,
    answer: () => {
      const { quarters, lengthDays } = context.ahead;
      const cuts = cutsOf(context.scale, 'quarter');
      const levels = quarters.map((count) => activityLevel(count, cuts));
      return `In four parts of the ${lengthDays} days: ${levels.join(', then ')}.`;
    },
  };
}

/** Neither a quarter more nor a fifth less. */
const isSteady = (now: number, before: number): boolean =>
  now === before || (now < 1.25 * before && now > 0.8 * before);

const trendWords = (now: number, before: number): string => {
  if (now === 0) return 'stops completely';
  if (before === 0) return 'starts anew';
  const ratio = now / before;
  if (ratio > 1) return ratio >= 2 ? 'rises sharply' : 'rises';
  return ratio <= 0.5 ? 'falls sharply' : 'falls';
};

/** Activity of the horizon against the equally long period before the reference. */
export function trendAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'trend',
    queries: trendQueries,
    answer: () => {
      const now = context.ahead.count;
      const before = context.before.count;
      const [from, to] = [levelOfCount(before, context), levelOfCount(now, context)];
      const period = `previous ${context.ahead.lengthDays} days`;
      if (isSteady(now, before)) {
        return `Activity stays about the same as in the ${period}, at a level of ${to}.`;
      }
      const change = from === to ? `still ${to}` : `from ${from} to ${to}`;
      return `Activity ${trendWords(now, before)} against the ${period}, ${change}.`;
    },
  };
}
