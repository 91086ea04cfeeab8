import { InputError } from '@q-anchor/core';

import type { Action } from './action.js';

/** One cell of time x category with its count. */
export interface ActionCell {
  /** The time bin, from 0. */
  readonly bin: number;
  /** The modality. */
  readonly modality: string;
  /** The category. */
  readonly category: string;
  /** Actions in it. */
  readonly count: number;
}

/**
 * Counts actions by time bin and category.
 *
 * Bin of an action: `floor(timeDays / horizonDays * bins)`; actions outside `[0, horizonDays)` are
 * left out.
 *
 * @throws {@link @q-anchor/core#InputError} if `bins` is not a positive integer or the horizon is not positive
 */
export function binActions(
  actions: readonly Action[],
  options: { readonly horizonDays: number; readonly bins: number },
): ActionCell[] {
  const { horizonDays, bins } = options;
  if (!(horizonDays > 0 && Number.isFinite(horizonDays))) {
    throw new InputError({
      where: 'horizonDays',
      expected: 'a positive number of days',
      found: `${horizonDays}`,
    });
  }
  if (!Number.isInteger(bins) || bins < 1) {
    throw new InputError({ where: 'bins', expected: 'a positive integer', found: `${bins}` });
  }
  const cells = new Map<string, { -readonly [K in keyof ActionCell]: ActionCell[K] }>();
  for (const { timeDays, modality, category } of actions) {
    if (!(timeDays >= 0 && timeDays < horizonDays)) continue;
    const bin = Math.min(bins - 1, Math.floor((timeDays / horizonDays) * bins));
    const key = `${bin}/${modality}/${category}`;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, { bin, modality, category, count: 1 });
    else cell.count++;
  }
  return [...cells.values()];
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Order among equals: earlier bin, then modality and category by their letters. */
const compareCells = (a: ActionCell, b: ActionCell): number =>
  a.bin - b.bin || compareText(a.modality, b.modality) || compareText(a.category, b.category);

/**
 * Selects the most telling cells: frequent ones, with a diminishing return per category.
 *
 * Greedy. At each step the cell of highest gain is taken:
 *
 * `gain(cell) = log(1 + count) * decay ^ n`, where `n` is how many cells of the same category are
 * already selected. Ties go to the earlier bin, then by name.
 *
 * @param cells - from {@link binActions}
 * @param options - `budget`, how many cells at most; `decay` in `[0, 1]`: 1 looks at frequency
 * alone, 0 takes a second cell of a category only when nothing else is left
 * @returns the selected cells in order of time, most frequent first within a bin
 */
export function selectActions(
  cells: readonly ActionCell[],
  options: { readonly budget: number; readonly decay?: number },
): ActionCell[] {
  const { budget, decay = 0.5 } = options;
  const rest = cells.toSorted(compareCells);
  const timesChosen = new Map<string, number>();
  const chosen: ActionCell[] = [];
  while (chosen.length < budget && rest.length > 0) {
    let best = 0;
    let bestGain = -1;
    for (const [index, cell] of rest.entries()) {
      const times = timesChosen.get(`${cell.modality}/${cell.category}`) ?? 0;
      const gain = Math.log1p(cell.count) * decay ** times;
      if (gain > bestGain) {
        best = index;
        bestGain = gain;
      }
    }
    const cell = rest.splice(best, 1)[0]!;
    const key = `${cell.modality}/${cell.category}`;
    timesChosen.set(key, (timesChosen.get(key) ?? 0) + 1);
    chosen.push(cell);
  }
  return chosen.toSorted((a, b) => a.bin - b.bin || b.count - a.count || compareCells(a, b));
}
