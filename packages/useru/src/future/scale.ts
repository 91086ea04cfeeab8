import { InputError } from '@q-anchor/core';

import type { Action } from './action.js';
import { levelCuts, type ValueKind } from './levels.js';
import { categoryKey, median, summarisePeriod, type PeriodSummary } from './period-summary.js';

/** A category as the training population uses it. */
export interface CategoryScale {
  /** Its name. */
  readonly category: string;
  /** The share of references with it in the period. */
  readonly share: number;
}

/** A modality as the training population uses it. */
export interface ModalityScale {
  /** Its name. */
  readonly modality: string;
  /** What its values are; absent where it has none. */
  readonly valueKind?: ValueKind;
  /** Its categories, the most widespread first; the rare ones are left out. */
  readonly categories: readonly CategoryScale[];
  /** Whether `categories` holds all that occurred. */
  readonly closed: boolean;
}

/** What level words mean for a period of one length. */
export interface PeriodScale {
  /** Length of the period: a horizon, or a profile's window. */
  readonly lengthDays: number;
  /** On how many references it was fitted. */
  readonly references: number;
  /** Four cut points per quantity: `count`, `activeDays`, `quarter`, `count:<modality>[/<category>]`, `value:...`, `total:...`. */
  readonly cuts: Readonly<Record<string, readonly number[]>>;
  /** The modalities seen, by name. */
  readonly modalities: readonly ModalityScale[];
}

/** What the level words of future answers mean; fitted on training references and stored as JSON. */
export interface FutureScale {
  /** Format version. */
  readonly version: 1;
  /** One entry per horizon, ascending. */
  readonly horizons: readonly PeriodScale[];
}

/** One training reference: what followed it. */
export interface FutureSample {
  /** Actions at or after the reference, timed from it. */
  readonly actions: readonly Action[];
  /** For how many days they are recorded; longer horizons leave the sample out. All by default. */
  readonly observedDays?: number;
}

/** Collects training references one by one; see {@link fitFutureScale}. */
export interface FutureScaleFitter {
  /** Adds one reference. */
  add(sample: FutureSample): void;
  /** The scale of all added so far. */
  scale(): FutureScale;
}

/** A category must occur after this share of references to have an aspect of its own. */
const minCategoryShare = 0.05;

/** Categories of a modality that have an aspect of their own, at most, by default. */
const defaultMaxCategories = 30;

/** Scores have a ceiling of 100 or less, reach towards it, and lie in its upper half. */
const valueKindOf = (values: readonly number[]): ValueKind => {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const ceiling = [1, 5, 10, 20, 100].find((bound) => high <= bound);
  return ceiling !== undefined && low >= 0 && median(values) > ceiling / 2 ? 'score' : 'amount';
};

/** Collects one period of many references. */
export interface PeriodScaleFitter {
  /** Adds one reference's actions. */
  add(actions: readonly Action[]): void;
  /** The scale of all added so far. */
  scale(): PeriodScale;
}

interface PeriodSamples {
  readonly lengthDays: number;
  references: number;
  readonly quantities: Map<string, number[]>;
  readonly users: Map<string, { modality: string; category: string; references: number }>;
}

const addPeriod = (samples: PeriodSamples, summary: PeriodSummary): void => {
  const push = (key: string, value: number): void => {
    const list = samples.quantities.get(key);
    if (list === undefined) samples.quantities.set(key, [value]);
    else list.push(value);
  };
  samples.references++;
  if (summary.count > 0) {
    push('count', summary.count);
    push('activeDays', summary.activeDays.length);
  }
  for (const count of summary.quarters) if (count > 0) push('quarter', count);
  for (const [groups, isCategory] of [
    [summary.modalities, false],
    [summary.categories, true],
  ] as const) {
    for (const [key, group] of groups) {
      push(`count:${key}`, group.count);
      if (group.values.length > 0) {
        push(`value:${key}`, median(group.values));
        push(
          `total:${key}`,
          group.values.reduce((sum, value) => sum + value, 0),
        );
      }
      if (!isCategory) continue;
      const seen = samples.users.get(key);
      if (seen !== undefined) seen.references++;
      else {
        const { modality, category = '' } = group;
        samples.users.set(key, { modality, category, references: 1 });
      }
    }
  }
};

const modalitiesOf = (samples: PeriodSamples, maxCategories: number): ModalityScale[] => {
  const names = new Set([...samples.users.values()].map((entry) => entry.modality));
  return [...names].toSorted().map((modality) => {
    const all = [...samples.users.values()].filter((entry) => entry.modality === modality);
    const categories = all
      .filter((entry) => entry.references >= minCategoryShare * samples.references)
      .toSorted((a, b) => b.references - a.references || (a.category < b.category ? -1 : 1))
      .slice(0, maxCategories)
      .map(({ category, references }) => ({ category, share: references / samples.references }));
    const values = samples.quantities.get(`value:${modality}`);
    return {
      modality,
      ...(values === undefined ? {} : { valueKind: valueKindOf(values) }),
      categories,
      closed: categories.length === all.length,
    };
  });
};

const scaleOf = (samples: PeriodSamples, maxCategories: number): PeriodScale => {
  const modalities = modalitiesOf(samples, maxCategories);
  const kept = new Set<string>(['count', 'activeDays', 'quarter']);
  for (const { modality, categories } of modalities) {
    const keys = categories.map(({ category }) => categoryKey(modality, category));
    for (const key of [modality, ...keys]) {
      for (const quantity of ['count', 'value', 'total']) kept.add(`${quantity}:${key}`);
    }
  }
  const cuts: Record<string, readonly number[]> = {};
  for (const key of [...samples.quantities.keys()].toSorted()) {
    if (kept.has(key)) cuts[key] = levelCuts(samples.quantities.get(key)!);
  }
  return {
    lengthDays: samples.lengthDays,
    references: samples.references,
    cuts,
    modalities,
  };
};

/**
 * A fitter of one period, e.g. of the days before the reference.
 *
 * @param period - its start on the actions' axis and its length, in days; categories of a modality at
 * most, 30 by default
 */
export function createPeriodScaleFitter(period: {
  readonly startDays: number;
  readonly lengthDays: number;
  readonly maxCategories?: number;
}): PeriodScaleFitter {
  const { maxCategories = defaultMaxCategories } = period;
  if (!Number.isInteger(maxCategories) || maxCategories < 1) {
    throw new InputError({
      where: 'maxCategories',
      expected: 'a positive integer',
      found: `${maxCategories}`,
    });
  }
  const samples: PeriodSamples = {
    lengthDays: period.lengthDays,
    references: 0,
    quantities: new Map(),
    users: new Map(),
  };
  return {
    add: (actions) => addPeriod(samples, summarisePeriod(actions, period)),
    scale: () => scaleOf(samples, maxCategories),
  };
}

/**
 * A fitter that takes training references as they stream by, for populations too large to hold.
 *
 * @param horizonsDays - the horizons, in days
 * @param options - `maxCategories`: of a modality those of so many have an aspect of their own that occur
 * after most references, 30 by default; never one that occurs after less than 5 %
 * @throws {@link @q-anchor/core#InputError} if a horizon is not positive or there is none, or
 * `maxCategories` is no positive integer
 */
export function createFutureScaleFitter(
  horizonsDays: readonly number[],
  options: { readonly maxCategories?: number | undefined } = {},
): FutureScaleFitter {
  const { maxCategories = defaultMaxCategories } = options;
  if (horizonsDays.length === 0 || !horizonsDays.every((days) => days > 0 && days < Infinity)) {
    throw new InputError({
      where: 'horizonDays',
      expected: 'one or more positive numbers of days',
      found: `[${horizonsDays.join(', ')}]`,
    });
  }
  const fitters = [...new Set(horizonsDays)]
    .toSorted((a, b) => a - b)
    .map((lengthDays) => ({
      lengthDays,
      fitter: createPeriodScaleFitter({ startDays: 0, lengthDays, maxCategories }),
    }));
  return {
    add: ({ actions, observedDays = Infinity }) => {
      for (const { lengthDays, fitter } of fitters) {
        if (lengthDays <= observedDays) fitter.add(actions);
      }
    },
    scale: () => ({ version: 1, horizons: fitters.map(({ fitter }) => fitter.scale()) }),
  };
}

/**
 * Fits the level words of future answers on training references.
 *
 * Per horizon and quantity (actions, active days, actions a quarter of the period, and per modality and category: count, typical
 * value, sum of values) the cut points are the quantiles .2, .4, .6, .8 over the references where
 * the quantity is not zero. "None" is a level of its own.
 *
 * @param samples - training references only: no validation or test reference may enter
 * @param options - `horizonDays`, one horizon or several
 * @throws {@link @q-anchor/core#InputError} if a horizon is not positive or there is none
 */
export function fitFutureScale(
  samples: Iterable<FutureSample>,
  options: { readonly horizonDays?: number | readonly number[] } = {},
): FutureScale {
  const { horizonDays = 30 } = options;
  const fitter = createFutureScaleFitter(
    typeof horizonDays === 'number' ? [horizonDays] : horizonDays,
  );
  for (const sample of samples) fitter.add(sample);
  return fitter.scale();
}
