import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { meanSampleSize, rateComparison, rateSampleSize } from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';

const { sizes } = readGolden('experiments') as {
  readonly sizes: {
    readonly means: ReadonlyArray<readonly number[]>;
    readonly rates: ReadonlyArray<readonly number[]>;
  };
};

test.each(sizes.means)(
  'scipy and statsmodels agree on a difference of %d, deviation %d, power %d, ratio %d',
  (difference, standardDeviation, power, ratio, byQuantiles, bySolver) => {
    const { control, treatment } = meanSampleSize({
      difference: difference,
      standardDeviation: standardDeviation,
      power: power,
      ratio: ratio,
    });
    expect(control).toBe(Math.ceil(byQuantiles));
    expect(control).toBe(Math.ceil(bySolver));
    expect(treatment).toBe(Math.ceil(byQuantiles * ratio));
  },
);

test.each(sizes.rates)(
  'statsmodels agrees on a rate of %d, %d more, power %d, ratio %d',
  (controlRate, more, power, ratio, expected) => {
    const { control } = rateSampleSize({
      controlRate: controlRate,
      treatmentRate: controlRate + more,
      power: power,
      ratio: ratio,
    });
    expect(control).toBe(Math.ceil(expected));
  },
);

test('an experiment of that size finds the effect about as often as planned', () => {
  const plan = { controlRate: 0.2, treatmentRate: 0.3, ratio: 2 };
  const { control, treatment } = rateSampleSize(plan);
  expect(treatment).toBeGreaterThan(1.9 * control);
  const random = createRandom(1);
  const arm = (users: number, rate: number) => {
    let positives = 0;
    for (let user = 0; user < users; user++) if (random.uniform() < rate) positives++;
    return { users, positives };
  };
  let found = 0;
  for (let trial = 0; trial < 800; trial++) {
    const { pValue } = rateComparison({
      control: arm(control, 0.2),
      treatment: arm(treatment, 0.3),
    });
    if (pValue < 0.05) found++;
  }
  expect(found / 800).toBeGreaterThan(0.76);
  expect(found / 800).toBeLessThan(0.85);
});

describe('refused are', () => {
  test.each([
    [{ difference: 0 }, 'difference: expected a positive number, found 0'],
    [{ standardDeviation: -1 }, 'standardDeviation'],
    [{ power: 1 }, 'power: expected a share'],
    [{ level: 0 }, 'level'],
    [{ ratio: 0 }, 'ratio'],
  ])('%o', (change, message) => {
    const size = () => meanSampleSize({ difference: 1, standardDeviation: 1, ...change });
    expect(size).toThrow(message);
    expect(size).toThrow(InputError);
  });

  test.each([
    [{ controlRate: 0 }, 'controlRate: expected a share between 0 and 1'],
    [{ treatmentRate: 0.1 }, "treatmentRate: expected another rate than control's"],
  ])('%o', (change, message) => {
    expect(() => rateSampleSize({ controlRate: 0.1, treatmentRate: 0.2, ...change })).toThrow(
      message,
    );
  });
});
