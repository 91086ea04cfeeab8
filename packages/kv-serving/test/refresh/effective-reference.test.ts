import { createRandom, InputError } from '@q-anchor/core';
import { effectiveReference } from '@q-anchor/kv-serving';
import { describe, expect, test } from 'vitest';

const weekly = { staleDays: 7, stepDays: 1 };

describe('effectiveReference', () => {
  test('by hand: the day after the last event, then every seventh', () => {
    const at = (nowDays: number) => effectiveReference(99.5, { nowDays, ...weekly });
    expect([99.8, 100, 100.1, 106, 106.1, 107, 113.5, 114].map(at)).toEqual([
      100, 100, 100, 100, 107, 107, 114, 114,
    ]);
  });

  test('an event on the hour counts from the next step on', () => {
    expect(effectiveReference(99, { nowDays: 99.2, ...weekly })).toBe(100);
    expect(effectiveReference(98, { nowDays: 99, ...weekly })).toBe(99);
  });

  test('without events, or without staleness, it is the clock’s step', () => {
    expect(effectiveReference(undefined, { nowDays: 12.1, ...weekly })).toBe(13);
    const daily = { staleDays: 1, stepDays: 1 };
    for (const nowDays of [100.5, 101, 164.2]) {
      expect(effectiveReference(99.5, { nowDays, ...daily })).toBe(Math.ceil(nowDays));
    }
  });

  test('after the last event, never ahead of the clock, never further behind than allowed', () => {
    const random = createRandom(3);
    for (let i = 0; i < 5000; i++) {
      const stepDays = [1, 0.25, 1 / 24, 7, 0.1][random.integer(5)]!;
      const staleDays = stepDays * (1 + random.integer(30));
      const nowDays = random.uniform() * 400 - 50;
      const clock = Math.ceil(nowDays / stepDays) * stepDays;
      const onStep = Math.floor(random.uniform() * 50) * stepDays;
      const last = clock - (i % 3 === 0 ? onStep + stepDays : random.uniform() * 90 + 1e-9);
      const reference = effectiveReference(last, { nowDays, staleDays, stepDays });
      expect(reference).toBeGreaterThan(last);
      expect(reference - clock).toBeLessThan(stepDays / 2);
      expect(clock - reference).toBeLessThan(staleDays - stepDays / 2);
      // Time alone moves it, and only on.
      const later = effectiveReference(last, { nowDays: nowDays + stepDays, staleDays, stepDays });
      expect(later).toBeGreaterThanOrEqual(reference);
    }
  });

  test.each([
    [{ staleDays: 7, stepDays: 0 }, 'stepDays'],
    [{ staleDays: 0, stepDays: 1 }, 'staleDays'],
    [{ staleDays: 1.5, stepDays: 1 }, 'staleDays'],
    [{ staleDays: Number.NaN, stepDays: 1 }, 'staleDays'],
  ])('%j is refused', (staleness, where) => {
    const act = () => effectiveReference(1, { nowDays: 2, ...staleness });
    expect(act).toThrow(InputError);
    expect(act).toThrow(where);
  });
});
