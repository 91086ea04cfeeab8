import { createRandom, InputError } from '@q-anchor/core';
import {
  decodingOf,
  drawnToken,
  tokenDistribution,
  type DecodingOptions,
} from '@q-anchor/dual-tower';
import { describe, expect, test } from 'vitest';

const logs = (...probabilities: readonly number[]): Float32Array =>
  Float32Array.from(probabilities, (p) => Math.log(p));

const distribution = (logits: Float32Array, options: DecodingOptions = {}) => {
  const { ids, probabilities } = tokenDistribution(
    logits,
    decodingOf({ temperature: 1, ...options }),
  );
  return { ids: [...ids], probabilities: [...probabilities] };
};

/** Equal up to what float32 logits hold. */
const close = (values: readonly number[]) =>
  values.map((value) => expect.closeTo(value, 6) as number);

/** The definition, by full sorts and without any shortcut. */
function slowDistribution(logits: Float32Array, options: DecodingOptions = {}) {
  const { temperature, topK, topP, minP } = decodingOf({ temperature: 1, ...options });
  const weights = [...logits].map((logit) => Math.exp(logit / temperature));
  let order = [...weights.keys()]
    .filter((id) => weights[id]! > 0)
    .toSorted((a, b) => weights[b]! - weights[a]! || a - b);
  if (topK > 0) order = order.slice(0, topK);
  const mass = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + weights[id]!, 0);
  const whole = mass(order);
  const nucleus: number[] = [];
  for (const id of order) {
    if (topP < 1 && nucleus.length > 0 && mass(nucleus) >= topP * whole) break;
    nucleus.push(id);
  }
  const kept = nucleus
    .filter((id) => weights[id]! >= minP * weights[order[0]!]!)
    .toSorted((a, b) => a - b);
  return { ids: kept, probabilities: kept.map((id) => weights[id]! / mass(kept)) };
}

describe('by hand', () => {
  const logits = logs(0.1, 0.5, 0.15, 0.25);

  test('without restrictions it is softmax', () => {
    const { ids, probabilities } = distribution(logits);
    expect(ids).toEqual([0, 1, 2, 3]);
    expect(probabilities).toEqual(close([0.1, 0.5, 0.15, 0.25]));
  });

  test('a temperature of 1/2 squares the odds', () => {
    const { probabilities } = distribution(logits, { temperature: 0.5 });
    const sum = 0.01 + 0.25 + 0.0225 + 0.0625;
    expect(probabilities).toEqual(close([0.01 / sum, 0.25 / sum, 0.0225 / sum, 0.0625 / sum]));
  });

  test('top-k keeps the most probable', () => {
    const { ids, probabilities } = distribution(logits, { topK: 2 });
    expect(ids).toEqual([1, 3]);
    expect(probabilities).toEqual(close([2 / 3, 1 / 3]));
  });

  test('top-p keeps the token that reaches it', () => {
    expect(distribution(logits, { topP: 0.7 }).ids).toEqual([1, 3]);
    expect(distribution(logits, { topP: 0.8 }).ids).toEqual([1, 2, 3]);
    expect(distribution(logits, { topP: 0.95 }).ids).toEqual([0, 1, 2, 3]);
  });

  test('min-p is a share of the largest', () => {
    expect(distribution(logits, { minP: 0.4 }).ids).toEqual([1, 3]);
    expect(distribution(logits, { minP: 0.25 }).ids).toEqual([1, 2, 3]);
  });

  test('top-p is of what top-k left', () => {
    // 2/3 and 1/3 are left: 0.6 is reached by the first alone.
    expect(distribution(logits, { topK: 2, topP: 0.6 }).ids).toEqual([1]);
    expect(distribution(logits, { topP: 0.6 }).ids).toEqual([1, 3]);
  });
});

describe('one token is left', () => {
  const logits = logs(0.3, 0.1, 0.5, 0.1);

  test.each<DecodingOptions>([{ temperature: 0 }, { topK: 1 }, { topP: 1e-9 }, { minP: 1 }])(
    '%j',
    (options) => {
      expect(distribution(logits, options)).toEqual({ ids: [2], probabilities: [1] });
    },
  );

  test('of equal ones the first', () => {
    const equal = Float32Array.of(1, 3, 2, 3, 3);
    for (const options of [{ temperature: 0 }, { topK: 1 }, { topP: 1e-9 }]) {
      expect(distribution(equal, options).ids).toEqual([1]);
    }
    expect(distribution(equal, { topK: 2 }).ids).toEqual([1, 3]);
    expect(distribution(equal, { topK: 4 }).ids).toEqual([1, 2, 3, 4]);
  });

  test('if there is only one, or one that may come', () => {
    expect(distribution(Float32Array.of(-3)).ids).toEqual([0]);
    expect(distribution(Float32Array.of(-Infinity, -3, -Infinity), { topK: 2 }).ids).toEqual([1]);
  });
});

describe('tokens that may not come', () => {
  test('have no probability, with any setting', () => {
    const logits = Float32Array.of(-Infinity, 0, -Infinity, 0);
    for (const options of [{}, { topK: 3 }, { topP: 0.999 }, { minP: 0.5 }, { topK: 9 }]) {
      expect(distribution(logits, options)).toEqual({ ids: [1, 3], probabilities: [0.5, 0.5] });
    }
  });

  test.each([
    ['all', Float32Array.of(-Infinity, -Infinity), /at least one token/],
    ['NaN', Float32Array.of(0, Number.NaN), /logit 1: expected a number, found NaN/],
    ['infinity', Float32Array.of(Infinity, 0), /logit 0: expected a number, found Infinity/],
    ['none', Float32Array.of(), /at least one token/],
  ])('%s', (_, logits, message) => {
    for (const temperature of [0, 1]) {
      expect(() => distribution(logits, { temperature })).toThrow(InputError);
      expect(() => distribution(logits, { temperature })).toThrow(message);
    }
  });
});

test('it is the definition, at any setting', () => {
  const random = createRandom(4);
  for (let i = 0; i < 300; i++) {
    // Rounded, so that many are equal.
    const logits = Float32Array.from({ length: 1 + random.integer(60) }, () =>
      random.uniform() < 0.1 ? -Infinity : Math.round(4 * random.normal()) / 2,
    );
    logits[random.integer(logits.length)] = 1;
    const options = {
      temperature: 0.3 + 2 * random.uniform(),
      topK: random.integer(70),
      topP: Math.min(1, 0.02 + 1.1 * random.uniform()),
      minP: random.uniform() < 0.5 ? 0 : random.uniform(),
    };
    const found = distribution(logits, options);
    const expected = slowDistribution(logits, options);
    expect([options, found.ids]).toEqual([options, expected.ids]);
    expect(found.probabilities).toEqual(close(expected.probabilities));
  }
});

test('adding a number to all logits changes nothing', () => {
  const logits = Float32Array.of(0.5, -1, 2, 0.25, 1.5);
  const moved = logits.map((logit) => logit + 64);
  const options = { temperature: 0.7, topK: 4, topP: 0.9 };
  expect(distribution(moved, options)).toEqual(distribution(logits, options));
});

describe('draws', () => {
  const spread = tokenDistribution(logs(0.2, 0.5, 0.3), decodingOf({ temperature: 1 }));

  test('fall where the number falls', () => {
    const numbers = [0, 0.19, 0.21, 0.69, 0.71, 0.9999999999];
    expect(numbers.map((uniform) => drawnToken(spread, uniform))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test('are as frequent as they are probable', () => {
    const random = createRandom(1);
    const draws = 20_000;
    const counts = [0, 0, 0];
    for (let i = 0; i < draws; i++) counts[drawnToken(spread, random.uniform())]!++;
    // Chi-square with 2 degrees of freedom: above 13.8 once in a thousand.
    const chiSquare = [0.2, 0.5, 0.3].reduce(
      (sum, p, id) => sum + (counts[id]! - p * draws) ** 2 / (p * draws),
      0,
    );
    expect(chiSquare).toBeLessThan(13.8);
  });

  test('a rounding error in the sum is no error', () => {
    expect(drawnToken({ ids: [3, 8], probabilities: Float64Array.of(0.5, 0.4999) }, 0.99999)).toBe(
      8,
    );
  });
});

describe('settings', () => {
  test('are greedy by default', () => {
    expect(decodingOf({})).toEqual({
      temperature: 0,
      topK: 0,
      topP: 1,
      minP: 0,
      repetitionPenalty: 1,
      seed: 0,
    });
  });

  test.each<DecodingOptions>([
    { temperature: -1 },
    { temperature: Number.NaN },
    { temperature: Infinity },
    { topK: 1.5 },
    { topK: -1 },
    { topP: 0 },
    { topP: 1.1 },
    { minP: -0.1 },
    { minP: 2 },
    { repetitionPenalty: 0 },
    { seed: -1 },
    { seed: 0.5 },
  ])('%j is an error that names it', (options) => {
    expect(() => decodingOf(options)).toThrow(InputError);
    expect(() => decodingOf(options)).toThrow(new RegExp(`^${Object.keys(options)[0]}: expected`));
  });
});
