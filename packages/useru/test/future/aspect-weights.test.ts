import { InputError } from '@q-anchor/core';
import {
  aspectWeights,
  fitFutureScale,
  futureAnswers,
  type Action,
  type AspectWeights,
} from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

const actions: readonly Action[] = Array.from({ length: 12 }, (_, i) => ({
  timeDays: 2 * i,
  modality: i % 3 === 0 ? 'page' : 'bill',
  category: `kind ${i % 4}`,
}));
const scale = fitFutureScale([{ actions }, { actions: [] }], { horizonDays: [30] });

const kinds = (options: { readonly weights?: AspectWeights; readonly count?: number }) =>
  futureAnswers({ actions, past: [], seed: 3, scale, ...options })
    .map(({ topic = '' }) => topic)
    .toSorted((a, b) => (a < b ? -1 : 1));

const share = (weights: AspectWeights | undefined): number => {
  let found = 0;
  for (let seed = 0; seed < 400; seed++) {
    const [pair] = futureAnswers({
      actions,
      past: [],
      seed,
      scale,
      count: 1,
      ...(weights && { weights }),
    });
    if (pair!.topic === 'category') found++;
  }
  return found / 400;
};

describe('weights of aspects', () => {
  it('decide how often a kind is drawn, the others keeping theirs', () => {
    // Kinds that this data has: neither scores nor amounts.
    const { score: _score, amount: _amount, category, ...others } = aspectWeights;
    const rest = Object.values(others).reduce((sum, weight) => sum + weight, 0);
    expect(share(undefined)).toBeCloseTo(category / (category + rest), 1);
    expect(share({ category: 3 * rest })).toBeCloseTo(0.75, 1);
  });

  it('of 0 leave a kind out, also where all aspects are wanted', () => {
    expect(kinds({})).toContain('trend');
    expect(kinds({ weights: { trend: 0 } })).toEqual(kinds({}).filter((kind) => kind !== 'trend'));
  });

  it('given as they are by default change nothing', () => {
    expect(kinds({ weights: aspectWeights, count: 5 })).toEqual(kinds({ count: 5 }));
  });

  it.each([
    [{ catgory: 1 }, 'kinds among likely-actions'],
    [{ category: -1 }, 'aspect weight of category'],
    [{ category: Number.NaN }, 'aspect weight of category'],
    [
      Object.fromEntries(Object.keys(aspectWeights).map((kind) => [kind, 0])),
      'one above 0 at least',
    ],
  ])('refuses %o', (weights, message) => {
    expect(() => kinds({ weights })).toThrow(InputError);
    expect(() => kinds({ weights })).toThrow(message);
  });
});
