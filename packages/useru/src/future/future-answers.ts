import { createRandom, InputError, type QueryAnswer, type Random } from '@q-anchor/core';

import type { Action } from './action.js';
import { checkedAspectWeights, type AspectWeights } from './aspect-weights.js';
import { activityAspect, courseAspect, trendAspect } from './aspects/activity.js';
import type { FutureAspect, FutureContext } from './aspects/aspect.js';
import { inactivityAspect, regularityAspect, returnAspect } from './aspects/inactivity.js';
import { likelyActionsAspect } from './aspects/likely-actions.js';
import {
  amountAspect,
  categoryAspect,
  mixAspect,
  scoreAspect,
  volumeAspect,
} from './aspects/modalities.js';
import type { ModalityWords } from './modality-words.js';
import { summarisePeriod } from './period-summary.js';
import type { FutureScale, PeriodScale } from './scale.js';
import { periodPhrases } from './wording.js';

/** What {@link futureAnswers} takes. */
export interface FutureOptions {
  /** Actions at or after the reference, timed from it (`timeDays >= 0`). */
  readonly actions: readonly Action[];
  /** Actions before the reference (`timeDays < 0`), to compare with. */
  readonly past: readonly Action[];
  /** The horizon in days, or several to draw from; 30 by default. */
  readonly horizonDays?: number | readonly number[];
  /** Time bins of the likely-actions answer; 3 by default. */
  readonly bins?: number;
  /** Cells of time x category of the likely-actions answer; 6 by default. */
  readonly budget?: number;
  /** Diminishing return per category of the likely-actions answer; 0.5 by default. */
  readonly decay?: number;
  /** How many pairs; every aspect of every horizon by default. */
  readonly count?: number;
  /** How often kinds of aspects are drawn, in place of the {@link aspectWeights} of these kinds. */
  readonly weights?: AspectWeights | undefined;
  /** Chooses phrasings, and the aspects where `count` is less than all. */
  readonly seed: number;
  /** The level words' meaning, from `fitFutureScale` with the same horizons. */
  readonly scale: FutureScale;
  /** What texts call the modalities, `dataset.info.modalityWords`; their names by default. */
  readonly modalityWords?: ModalityWords | undefined;
}

interface Candidate {
  readonly aspect: FutureAspect;
  readonly horizonDays: number;
  readonly weight: number;
}

interface WeightedAspect {
  readonly aspect: FutureAspect;
  /** Relative to the others of its kind. */
  readonly weight: number;
}

const aspectsOf = (context: FutureContext): WeightedAspect[] => {
  const { modalities } = context.scale;
  const several = modalities.length > 1;
  const ofUser = [
    likelyActionsAspect(context),
    activityAspect(context),
    courseAspect(context),
    trendAspect(context),
    inactivityAspect(context),
    regularityAspect(context),
    returnAspect(context),
    ...(several ? [mixAspect(context)] : []),
  ];
  const ofModalities = modalities.flatMap((modality) => [
    ...(several ? [volumeAspect(context, modality)] : []),
    ...(modality.valueKind === 'score' ? [scoreAspect(context, modality)] : []),
    ...(modality.valueKind === 'amount' ? [amountAspect(context, modality)] : []),
  ]);
  const ofCategories = modalities.flatMap((modality) =>
    several && modality.closed && modality.categories.length === 1
      ? []
      : modality.categories.map(({ category, share }) => ({
          aspect: categoryAspect(context, { modality, category }),
          // A rare category is mostly answered by "none".
          weight: Math.sqrt(share),
        })),
  );
  return [
    ...[...ofUser, ...ofModalities].map((aspect) => ({ aspect, weight: 1 })),
    ...ofCategories,
  ];
};

const scaleFor = (scale: FutureScale, horizonDays: number): PeriodScale => {
  const found = scale.horizons.find((horizon) => horizon.lengthDays === horizonDays);
  if (found !== undefined) return found;
  const known = scale.horizons.map((horizon) => horizon.lengthDays).join(', ');
  throw new InputError({
    where: 'horizonDays',
    expected: `a horizon that the scale was fitted on (${known})`,
    found: `${horizonDays}`,
    fix: 'Fit the scale on the same horizons.',
  });
};

const candidatesOf = (options: FutureOptions, horizonDays: number): Candidate[] => {
  const { bins = 3, budget = 6, decay = 0.5, past, modalityWords } = options;
  const weights = checkedAspectWeights(options.weights);
  const actions = options.actions.filter(({ timeDays }) => timeDays >= 0 && timeDays < horizonDays);
  const aspects = aspectsOf({
    actions,
    ahead: summarisePeriod(actions, { startDays: 0, lengthDays: horizonDays }),
    before: summarisePeriod(past, { startDays: -horizonDays, lengthDays: horizonDays }),
    scale: scaleFor(options.scale, horizonDays),
    modalityWords,
    bins,
    budget,
    decay,
  });
  const kindTotals = new Map<string, number>();
  for (const { aspect, weight } of aspects) {
    kindTotals.set(aspect.kind, (kindTotals.get(aspect.kind) ?? 0) + weight);
  }
  return aspects
    .map(({ aspect, weight }) => ({
      aspect,
      horizonDays,
      weight: (weights[aspect.kind]! * weight) / kindTotals.get(aspect.kind)!,
    }))
    .filter(({ weight }) => weight > 0);
};

/** Weighted draw without replacement (Efraimidis and Spirakis 2006): the smallest `-ln(u) / w`. */
const draw = (candidates: readonly Candidate[], count: number, random: Random): Candidate[] =>
  candidates
    .map((candidate) => ({
      candidate,
      key: -Math.log(1 - random.uniform()) / candidate.weight,
    }))
    .toSorted((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ candidate }) => candidate);

/**
 * D_future: questions about what a user does after a reference time, with the true answers in
 * graded words.
 *
 * The paper asks one question of every user ("What are the user's most likely actions in the next
 * period?"). Here that is one aspect of several: activity level, trend against the recent past,
 * silence, regularity, the next action, and, per modality and category of the data, how many and
 * how high. Level words ("very low" to "very high") are fifths of the training population.
 *
 * @returns pairs in the order drawn; their `topic` is the kind of aspect. The same input and seed
 * give the same pairs
 * @throws {@link @q-anchor/core#InputError} if a horizon is missing from the scale, `bins` is not a positive
 * integer, or a weight is of no kind or below 0
 * @see arXiv 2602.14492, section on UserU; the aspects beyond the first are ours
 * @example
 * ```ts
 * const scale = fitFutureScale(trainingReferences);
 * futureAnswers({ actions, past, scale, seed: 1, count: 6 });
 * // [{ query: 'How active will the user be in the next 30 days?', answer: 'Activity low: ...', ... }]
 * ```
 */
export function futureAnswers(options: FutureOptions): QueryAnswer[] {
  const { horizonDays = 30, count = Infinity, seed } = options;
  const random = createRandom(seed);
  const horizons = typeof horizonDays === 'number' ? [horizonDays] : horizonDays;
  const candidates = horizons.flatMap((days) => candidatesOf(options, days));
  return draw(candidates, count, random).map(({ aspect, horizonDays: days }) => ({
    query: random.pick(aspect.queries).replace('{period}', random.pick(periodPhrases(days))),
    answer: aspect.answer(),
    source: 'future',
    topic: aspect.kind,
  }));
}
