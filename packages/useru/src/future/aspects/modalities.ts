import { activityLevel, valueLevel } from '../levels.js';
import { categoryKey, median } from '../period-summary.js';
import type { PeriodScale, ModalityScale } from '../scale.js';
import { countWords, listWords } from '../wording.js';
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
      const levels = scale.modalities
        .map(({ modality }) => ({ modality, count: ahead.modalities.get(modality)?.count ?? 0 }))
        .toSorted((a, b) => b.count - a.count)
        .map(
          ({ modality, count }) =>
            `${modality} ${activityLevel(count, cutsOf(scale, `count:${modality}`))}`,
        );
      return `By amount: ${levels.slice(0, 6).join(', ')}.`;
    },
  };
}

/** How many actions of a modality, by category where there are few. */
export function volumeAspect(context: FutureContext, modality: ModalityScale): FutureAspect {
  const name = modality.modality;
  return {
    kind: 'volume',
    queries: [
      `How much ${name} activity will there be in the next {period}?`,
      `How many ${name} actions should we expect over the next {period}?`,
      `What will the user do in ${name} during the coming {period}?`,
    ],
    answer: () => {
      const { ahead, before, scale } = context;
      const count = ahead.modalities.get(name)?.count ?? 0;
      const past = before.modalities.get(name)?.count ?? 0;
      const change = changeWords(count, past);
      if (count === 0) return `${name} none: not a single action, ${change}.`;
      const level = activityLevel(count, cutsOf(scale, `count:${name}`));
      const head = `${name} ${level}, ${countWords(count)} in all`;
      if (modality.categories.length < 2 || modality.categories.length > maxBreakdown) {
        return `${head}, ${change}.`;
      }
      const parts = modality.categories.map((category) => {
        const part = ahead.categories.get(categoryKey(name, category));
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

const valueChange = (now: number, before: number | undefined): string => {
  if (before === undefined) return 'with nothing before to compare';
  const step = (now - before) / Math.max(Math.abs(before), 1e-9);
  if (step > 0.1) return 'higher than before';
  return step < -0.1 ? 'lower than before' : 'as before';
};

/** The typical value of a modality that has values: how high the scores, how large the amounts. */
export function valueAspect(context: FutureContext, modality: ModalityScale): FutureAspect {
  const name = modality.modality;
  const isScore = modality.valueKind === 'score';
  const noun = isScore ? 'score' : 'amount';
  return {
    kind: 'value',
    queries: [
      `What will the user's typical ${name} ${noun} be in the next {period}?`,
      isScore
        ? `How well will the user do in ${name} over the next {period}?`
        : `How large will the user's ${name} amounts be over the next {period}?`,
      `What ${noun} level should we expect in ${name} during the coming {period}?`,
    ],
    answer: () => {
      const { ahead, before, scale } = context;
      const values = ahead.modalities.get(name)?.values ?? [];
      if (values.length === 0) return `No ${name} ${noun} at all in this period: none expected.`;
      const now = median(values);
      const past = before.modalities.get(name)?.values ?? [];
      const change = valueChange(now, past.length > 0 ? median(past) : undefined);
      const head = `Typical ${name} ${noun} ${valueWords(now, { scale, modality })}, ${change}`;
      if (isScore) {
        const lowest = valueWords(Math.min(...values), { scale, modality });
        return `${head}; weakest of ${countWords(values.length)}: ${lowest}.`;
      }
      const total = values.reduce((sum, value) => sum + value, 0);
      const totalLevel = valueLevel(total, {
        cuts: cutsOf(scale, `total:${name}`),
        kind: 'amount',
      });
      return `${head}; sum of all ${totalLevel}, ${countWords(values.length)} times.`;
    },
  };
}

/** How much of one category. */
export function categoryAspect(
  context: FutureContext,
  group: { readonly modality: string; readonly category: string },
): FutureAspect {
  const { modality, category } = group;
  const key = categoryKey(modality, category);
  return {
    kind: 'category',
    queries: [
      `How much ${category} will there be in the next {period}?`,
      `Will the user do any ${category} over the next {period}?`,
      `How often should we expect ${category} from this user in the coming {period}?`,
    ],
    answer: () => {
      const { ahead, before, scale } = context;
      const part = ahead.categories.get(key);
      const change = changeWords(part?.count ?? 0, before.categories.get(key)?.count ?? 0);
      if (part === undefined) {
        return `${category} none: not once in ${ahead.lengthDays} days, ${change}.`;
      }
      const level = activityLevel(part.count, cutsOf(scale, `count:${key}`));
      const weeks = listWords([...part.weeks].toSorted((a, b) => a - b).map((w) => `${w + 1}`));
      return `${category} ${level}: ${countWords(part.count)}, in week ${weeks}, ${change}.`;
    },
  };
}
