import { describe, expect, test } from 'vitest';

import { roundTimings, type Contestant } from '../../src/measure/rounds.js';

describe('rounds', () => {
  const inOrder = (calls: string[]): Contestant<'a' | 'b'>[] =>
    (['a', 'b'] as const).map((name) => ({
      name,
      measure: async () => ({ ms: calls.push(name), peakMB: 1 }),
    }));

  test('run one contestant after the other, every other round backwards', async () => {
    const calls: string[] = [];
    const timings = await roundTimings(inOrder(calls), { rounds: 3 });
    expect(calls).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
    expect(timings.a.map(({ ms }) => ms)).toEqual([1, 4, 5]);
    expect(timings.b.map(({ ms }) => ms)).toEqual([2, 3, 6]);
  });

  test('never two at a time', async () => {
    let running = 0;
    const contestants = (['a', 'b'] as const).map((name) => ({
      name,
      measure: async () => {
        expect(++running).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        return { ms: 1, peakMB: 1 };
      },
    }));
    await roundTimings(contestants, { rounds: 2 });
  });

  test('none is an error', async () => {
    await expect(roundTimings(inOrder([]), { rounds: 0 })).rejects.toThrow(/at least one round/);
    await expect(roundTimings([], { rounds: 1 })).rejects.toThrow(/contestant/);
  });
});
