import { describe, expect, test } from 'vitest';

import { decoderParameters } from '@q-anchor/backbone';

import {
  configs,
  drawnIds,
  drawnWeights,
  relativeError,
  run,
  tensorOf,
  type RunOptions,
} from './support/decoder-runs.js';

const prefixLength = 7;

describe.each(['qwen2', 'qwen3'] as const)('a prefix of %s', (name) => {
  const config = configs[name];
  const prefix = drawnIds(prefixLength, { config, seed: 1 });
  const queries = Array.from({ length: 10 }, (_, q) =>
    drawnIds(1 + (q % 4), { config, seed: 100 + q }),
  );
  const after = (ids: readonly number[]): number[] => ids.map((_, t) => prefixLength + t);
  const suffixSegment = (ids: readonly number[], segment: number): number[] =>
    ids.map(() => segment);

  const setting = (dtype: 'float32' | 'float64') => ({
    config,
    weights: drawnWeights(decoderParameters(config), { dtype }),
    dtype,
  });
  type Setting = ReturnType<typeof setting>;
  const hiddenOf = async (options: RunOptions): Promise<number[]> =>
    (await run(options)).hidden.flat(2);
  /** Hidden states of a query behind the prefix, all of it read at once. */
  const full = async (own: Setting, query: readonly number[]): Promise<number[]> => {
    const { hidden } = await run({ ...own, tokens: { ids: [[...prefix, ...query]] } });
    return hidden[0]!.slice(prefixLength).flat();
  };
  const cached = async (own: Setting) => (await run({ ...own, tokens: { ids: [prefix] } })).past;
  const packed = {
    ids: [queries.flat()],
    segments: [queries.flatMap((query, q) => suffixSegment(query, q + 1))],
    positions: [queries.flatMap(after)],
  };

  test.each([
    ['float32', 1e-5],
    ['float64', 1e-12],
  ] as const)('cached, then a query, is the whole sequence (%s)', async (dtype, tolerance) => {
    const own = setting(dtype);
    const past = await cached(own);
    for (const query of queries.slice(0, 4)) {
      const tokens = {
        ids: [query],
        segments: [suffixSegment(query, 1)],
        positions: [after(query)],
      };
      const onCache = await hiddenOf({ ...own, tokens, past: [past] });
      expect(relativeError(onCache, await full(own, query))).toBeLessThan(tolerance);
    }
  });

  test('read in two parts is the prefix', async () => {
    const own = setting('float32');
    const first = await run({ ...own, tokens: { ids: [prefix.slice(0, 4)] } });
    const rest = { ids: [prefix.slice(4)], positions: [[4, 5, 6]] };
    const second = await hiddenOf({ ...own, tokens: rest, past: [first.past] });
    const whole = await run({ ...own, tokens: { ids: [prefix] } });
    expect(relativeError(second, whole.hidden[0]!.slice(4).flat())).toBeLessThan(1e-5);
  });

  test('read in three parts, on two cached blocks, is the prefix', async () => {
    const own = setting('float32');
    const first = await run({ ...own, tokens: { ids: [prefix.slice(0, 3)] } });
    const middle = { ids: [prefix.slice(3, 5)], positions: [[3, 4]] };
    const second = await run({ ...own, tokens: middle, past: [first.past] });
    const rest = { ids: [prefix.slice(5)], positions: [[5, 6]] };
    const past = [first.past, second.past];
    const third = await run({ ...own, tokens: rest, past });
    const whole = await run({ ...own, tokens: { ids: [prefix] } });
    expect(relativeError(third.hidden.flat(2), whole.hidden[0]!.slice(5).flat())).toBeLessThan(
      1e-5,
    );
    expect(third.attention[0]!.map((block) => block.length / (2 * config.heads))).toEqual([
      3, 2, 2,
    ]);
    const swapped = await run({ ...own, tokens: rest, past: past.toReversed() });
    expect(relativeError(swapped.hidden.flat(2), third.hidden.flat(2))).toBeLessThan(1e-5);
  });

  test('cached, with ten queries packed on it, is ten single ones', async () => {
    const own = setting('float32');
    const past = await cached(own);
    const together = (await run({ ...own, tokens: packed, past: [past] })).hidden[0]!;
    let start = 0;
    for (const query of queries) {
      const tokens = {
        ids: [query],
        segments: [suffixSegment(query, 1)],
        positions: [after(query)],
      };
      const single = await hiddenOf({ ...own, tokens, past: [past] });
      const part = together.slice(start, start + query.length).flat();
      expect(relativeError(part, single)).toBeLessThan(1e-5);
      start += query.length;
    }
  });

  test('comes first among the attention probabilities', async () => {
    const own = setting('float32');
    const { attention } = await run({ ...own, tokens: packed, past: [await cached(own)] });
    const time = packed.ids[0]!.length;
    for (const [ofPrefix, ofQueries] of attention) {
      expect(ofPrefix!.length).toBe(config.heads * time * prefixLength);
      expect(ofQueries!.length).toBe(config.heads * time * time);
      expect(Math.min(...ofPrefix!)).toBeGreaterThan(0);
    }
  });

  test('with its suffixes packed behind it is separate sequences', async () => {
    const own = setting('float32');
    const tokens = {
      ids: [[...prefix, ...packed.ids[0]!]],
      segments: [[...prefix.map(() => 0), ...packed.segments[0]!]],
      positions: [[...prefix.keys(), ...packed.positions[0]!]],
    };
    const together = (await run({ ...own, tokens })).hidden[0]!;
    let start = prefixLength;
    for (const query of queries) {
      const part = together.slice(start, start + query.length).flat();
      expect(relativeError(part, await full(own, query))).toBeLessThan(1e-5);
      start += query.length;
    }
  });

  test.each([
    ['float32', 1e-6],
    ['float64', 1e-13],
  ] as const)('joined with what follows is the same, %s', async (dtype, tolerance) => {
    const own = setting(dtype);
    const first = await run({ ...own, tokens: { ids: [prefix.slice(0, 3)] } });
    const middle = { ids: [prefix.slice(3)], positions: [[3, 4, 5, 6]] };
    const second = await run({ ...own, tokens: middle, past: [first.past] });
    const past = [first.past, second.past];
    const apart = await run({ ...own, tokens: packed, past });
    const joined = await run({ ...own, tokens: packed, past, joinsPast: true });
    expect(relativeError(joined.hidden.flat(2), apart.hidden.flat(2))).toBeLessThan(tolerance);
    const time = packed.ids[0]!.length;
    for (const [layer, [probabilities, ...others]] of joined.attention.entries()) {
      expect(others).toEqual([]);
      expect(probabilities!.length).toBe(config.heads * time * (prefixLength + time));
      const largest = Math.max(...apart.attention[layer]!.flat());
      expect(Math.max(...probabilities!)).toBeCloseTo(largest, 5);
    }
    const keys = (made: typeof joined) => [...made.past['past keys 1']!.data].map(Number);
    expect(relativeError(keys(joined), keys(apart))).toBeLessThan(tolerance);
  });

  test('read behind a past of no tokens is bit-equal to one without a past', async () => {
    const own = setting('float32');
    const alone = await run({ ...own, tokens: { ids: [prefix] } });
    const { keyValueHeads, headSize, layers } = config;
    const shape = [1, keyValueHeads, 0, headSize];
    const none = Object.fromEntries(
      Array.from({ length: layers }, (_, layer) =>
        ['keys', 'values'].map((kind) => [
          `past ${kind} ${layer}`,
          tensorOf('float32', [shape, []]),
        ]),
      ).flat(),
    );
    const layout = {
      'past segments': tensorOf('int64', [[1, 0], []]),
      'past positions': tensorOf('int64', [[1, 0], []]),
    };
    const past = [{ ...layout, ...none }];
    for (const joinsPast of [true, false]) {
      const { hidden, past: read } = await run({
        ...own,
        tokens: { ids: [prefix] },
        past,
        joinsPast,
      });
      expect(hidden).toEqual(alone.hidden);
      expect(read).toEqual(alone.past);
    }
  });

  test('cached behind padding is the same prefix', async () => {
    const own = setting('float32');
    const [query] = queries.slice(3, 4);
    const tokens = {
      ids: [query!],
      segments: [suffixSegment(query!, 1)],
      positions: [after(query!)],
    };
    const padded = await run({
      ...own,
      tokens: {
        ids: [[...prefix, 0, 0]],
        segments: [[...prefix.map(() => 0), -1, -1]],
        positions: [[...prefix.keys(), 0, 0]],
      },
    });
    const onCache = await hiddenOf({ ...own, tokens, past: [padded.past] });
    expect(relativeError(onCache, await full(own, query!))).toBeLessThan(1e-5);
  });
});
