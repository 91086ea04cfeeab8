import { activityLevel, valueLevel } from '../levels.js';
import { isOmission } from '../omission.js';
import { wordsOf } from '../modality-words.js';
import { categoryKey, median } from '../period-summary.js';
import type { PeriodScale, ModalityScale } from '../scale.js';
import { capital, countWords, weekWords } from '../wording.js';
import { changeWords, cutsOf, type FutureAspect, type FutureContext } from './aspect.js';

/** A modality of at most this many categories is answered category by category. */
const maxBreakdown = 6;

/** How much of each modality. */
export function mixAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'mix',
    queries: [
      'Which kinds of activity will dominate the next {period}?',
      'How will the activity of the next {period} split between its kinds?',
      'Where will the user spend the coming {period}?',
    ],
    answer: () => {
      const { ahead, scale } = context;
      if (ahead.count === 0) return 'No kind of activity at all in this period.';
      const done = new Map<string, number>();
      for (const { modality, category = '', count } of ahead.categories.values()) {
        if (!isOmission(category)) done.set(modality, (done.get(modality) ?? 0) + count);
      }
      const levels = scale.modalities
        .map(({ modality }) => ({ modality, count: done.get(modality) ?? 0 }))
        .toSorted((a, b) => b.count - a.count)
        .map(
          ({ modality, count }) =>
            `${wordsOf(modality, context.modalityWords)} ${activityLevel(count, cutsOf(scale, `count:${modality}`))}`,
        );
      return `From most to least: ${levels.slice(0, 6).join(', ')}.`;
    },
  };
}

/** How many actions of a modality, by category where there are few. */
export function volumeAspect(context: FutureContext, modality: ModalityScale): FutureAspect {
  const key = modality.modality;
  const name = wordsOf(key, context.modalityWords);
  return {
    kind: 'volume',
    queries: [
      `How much activity in ${name} will there be in the next {period}?`,
      `How many actions in ${name} should we expect over the next {period}?`,
      `What will the user do in ${name} during the coming {period}?`,
    ],
    answer: () => {
      const { ahead, before, scale } = context;
      const count = ahead.modalities.get(key)?.count ?? 0;
      const past = before.modalities.get(key)?.count ?? 0;
      const change = changeWords(count, past);
      if (count === 0) return `${capital(name)} none: not a single action, ${change}.`;
      const level = activityLevel(count, cutsOf(scale, `count:${key}`));
      const head = `${capital(name)} ${level}, ${countWords(count)} in all`;
      if (modality.categories.length < 2 || modality.categories.length > maxBreakdown) {
        return `${head}, ${change}.`;
      }
      const parts = modality.categories.map(({ category }) => {
        const part = ahead.categories.get(categoryKey(key, category));
        return `${category} ${countWords(part?.count ?? 0)}`;
      });
      return `${head}: ${parts.join(', ')}; ${change}.`;
    },
  };
}

const valueWords = (
  value: number,
  options: { readonly scale: PeriodScale; readonly modality: ModalityScale },
): string =>
  valueLevel(value, {
    cuts: cutsOf(options.scale, `value:${options.modality.modality}`),
    kind: options.modality.valueKind!,
  });

const valueChange = (now: number, valuesBefore: readonly number[]): string => {
  if (valuesBefore.length === 0) return 'none before';
  const before = median(valuesBefore);
  const step = (now - before) / Math.max(Math.abs(before), 1e-9);
  if (step > 0.1) return 'higher than before';
  return step < -0.1 ? 'lower than before' : 'as before';
};

/** The typical score of a modality: how well the user does. */
export function scoreAspect(context: FutureContext, modality: ModalityScale): FutureAspect {
  const key = modality.modality;
  const name = wordsOf(key, context.modalityWords);
  return {
    kind: 'score',
    queries: [
      `What will the user's typical score in ${name} be in the next {period}?`,
      `How well will the user do in ${name} over the next {period}?`,
      `What level of scores should we expect in ${name} during the coming {period}?`,
      `Will the user do well or badly in ${name} in the next {period}?`,
    ],
    answer: () => {
      const { ahead, before, scale } = context;
      const group = ahead.modalities.get(key);
      if (group === undefined) return `No score in ${name}: nothing to score in this period.`;
      const { values, count } = group;
      const without = count - values.length;
      if (values.length === 0) {
        return `No score in ${name}: of ${countWords(count)} in all, nothing is scored.`;
      }
      const now = median(values);
      const change = valueChange(now, before.modalities.get(key)?.values ?? []);
      const lowest = valueWords(Math.min(...values), { scale, modality });
      const tail = `${countWords(values.length)} scored, ${countWords(without)} without`;
      return `Score in ${name} ${valueWords(now, { scale, modality })}, ${change}; weakest ${lowest}; ${tail}.`;
    },
  };
}

/** The typical value of a modality with amounts. */
export function amountAspect(context: FutureContext, modality: ModalityScale): FutureAspect {
  const key = modality.modality;
  const name = wordsOf(key, context.modalityWords);
  return {
    kind: 'amount',
    queries: [
      `What will the user's typical amount in ${name} be in the next {period}?`,
      `How large will the user's amounts in ${name} be over the next {period}?`,
      `What amounts should we expect in ${name} during the coming {period}?`,
    ],
    answer: () => {
      const { ahead, before, scale } = context;
      const values = ahead.modalities.get(key)?.values ?? [];
      if (values.length === 0) return `No amount in ${name}: nothing of it in this period.`;
      const now = median(values);
      const change = valueChange(now, before.modalities.get(key)?.values ?? []);
      const total = values.reduce((sum, value) => sum + value, 0);
      const totalLevel = valueLevel(total, {
        cuts: cutsOf(scale, `total:${key}`),
        kind: 'amount',
      });
      return `Typical amount in ${name} ${valueWords(now, { scale, modality })}, ${change}; sum of all ${totalLevel}, ${countWords(values.length)} times.`;
    },
  };
}

/** How much of one category, and how well where it is scored. */
export function categoryAspect(
  context: FutureContext,
  group: { readonly modality: ModalityScale; readonly category: string },
): FutureAspect {
  const { modality, category } = group;
  const key = categoryKey(modality.modality, category);
  return {
    kind: 'category',
    queries: [
      `How often will ${category} come up in the next {period}?`,
      `Will there be any ${category} from this user over the next {period}?`,
      `How often should we expect ${category} from this user in the coming {period}?`,
    ],
    answer: () => {
      const { ahead, before, scale } = context;
      const part = ahead.categories.get(key);
      const change = changeWords(part?.count ?? 0, before.categories.get(key)?.count ?? 0);
      if (part === undefined) {
        return `${capital(category)} none: not once in ${ahead.lengthDays} days, ${change}.`;
      }
      const level = activityLevel(part.count, cutsOf(scale, `count:${key}`));
      const score =
        modality.valueKind === 'score' && part.values.length > 0
          ? `, score ${valueLevel(median(part.values), { cuts: cutsOf(scale, `value:${key}`), kind: 'score' })}`
          : '';
      const weeks = weekWords(part.weeks, ahead.weekCount);
      return `${capital(category)} ${level}: ${countWords(part.count)}${score}, in ${weeks}, ${change}.`;
    },
  };
}
