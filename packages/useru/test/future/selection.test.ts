import { InputError } from '@q-anchor/core';
import { binActions, selectActions, type Action, type ActionCell } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

const cell = (bin: number, category: string, count: number): ActionCell => ({
  bin,
  modality: 'web',
  category,
  count,
});

const at = (timeDays: number, category: string): Action => ({
  timeDays,
  modality: 'web',
  category,
});

const names = (cells: readonly ActionCell[]): string[] =>
  cells.map(({ bin, category }) => `${bin}:${category}`);

/** The rule written anew: all gains recomputed from the chosen list at each step. */
const slowSelection = (cells: readonly ActionCell[], budget: number, decay: number): string[] => {
  const chosen: ActionCell[] = [];
  while (chosen.length < Math.min(budget, cells.length)) {
    const [best] = cells
      .filter((candidate) => !chosen.includes(candidate))
      .map((candidate) => ({
        candidate,
        gain:
          Math.log(1 + candidate.count) *
          decay ** chosen.filter((other) => other.category === candidate.category).length,
      }))
      .toSorted(
        (a, b) =>
          b.gain - a.gain ||
          a.candidate.bin - b.candidate.bin ||
          a.candidate.category.localeCompare(b.candidate.category),
      );
    chosen.push(best!.candidate);
  }
  return names(chosen).toSorted();
};

describe('binActions', () => {
  it('counts by bin and category and leaves out what is not in the horizon', () => {
    const cells = binActions(
      [at(-0.5, 'a'), at(0, 'a'), at(9.99, 'a'), at(10, 'a'), at(29.9, 'b'), at(30, 'b')],
      { horizonDays: 30, bins: 3 },
    );
    expect(cells).toEqual([cell(0, 'a', 2), cell(1, 'a', 1), cell(2, 'b', 1)]);
  });

  it('refuses impossible bins and horizons', () => {
    expect(() => binActions([], { horizonDays: 30, bins: 0 })).toThrow(InputError);
    expect(() => binActions([], { horizonDays: Number.NaN, bins: 1 })).toThrow(InputError);
  });
});

describe('selectActions', () => {
  const cells = [
    cell(0, 'a', 9),
    cell(1, 'a', 8),
    cell(2, 'a', 7),
    cell(1, 'b', 3),
    cell(0, 'c', 1),
  ];

  it('prefers a second category over a repeated one, worked by hand', () => {
    // Gains: a at bin 0 ln 10 = 2.30; then b ln 4 = 1.39 beats a ln 9 / 2 = 1.10, which beats c .69.
    expect(names(selectActions(cells, { budget: 2 }))).toEqual(['0:a', '1:b']);
    expect(names(selectActions(cells, { budget: 3 }))).toEqual(['0:a', '1:a', '1:b']);
  });

  it('looks at frequency alone at decay 1 and at diversity first at decay 0', () => {
    expect(names(selectActions(cells, { budget: 3, decay: 1 }))).toEqual(['0:a', '1:a', '2:a']);
    expect(names(selectActions(cells, { budget: 3, decay: 0 }))).toEqual(['0:a', '0:c', '1:b']);
  });

  it('equals a slow version and does not depend on the order of its input', () => {
    const many = Array.from({ length: 40 }, (_, i) =>
      cell(i % 4, `c${Math.floor(i / 4)}`, ((i * 7) % 11) + 1),
    );
    for (const budget of [0, 1, 7, 20, 60]) {
      const selected = names(selectActions(many, { budget, decay: 0.6 })).toSorted();
      expect(selected).toEqual(slowSelection(many, budget, 0.6));
      expect(names(selectActions(many.toReversed(), { budget, decay: 0.6 })).toSorted()).toEqual(
        selected,
      );
    }
  });

  it('gives nothing from nothing', () => {
    expect(selectActions([], { budget: 5 })).toEqual([]);
  });
});
