import { describe, expect, test } from 'vitest';

import {
  normalCdf,
  normalQuantile,
  normalSurvival,
} from '../../src/distributions/standard-normal.js';
import { studentQuantile, studentTwoSided } from '../../src/distributions/student-t.js';
import { readGolden } from '../goldens/read-golden.js';

const golden = readGolden('distributions') as {
  readonly normal: ReadonlyArray<readonly [x: number, cdf: number, survival: number]>;
  readonly normal_quantile: ReadonlyArray<readonly [p: number, x: number]>;
  readonly t: ReadonlyArray<readonly [t: number, degrees: number, outside: number]>;
  readonly t_quantile: ReadonlyArray<readonly [level: number, degrees: number, t: number]>;
};

const relativeError = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / (Math.abs(expected) || 1);

describe('scipy agrees', () => {
  test.each(golden.normal)('on the normal distribution at %d', (x, cdf, survival) => {
    expect(relativeError(normalCdf(x), cdf)).toBeLessThan(2e-13);
    expect(relativeError(normalSurvival(x), survival)).toBeLessThan(2e-13);
  });
  test.each(golden.normal_quantile)('on its quantile of %d', (p, x) => {
    expect(relativeError(normalQuantile(p), x)).toBeLessThan(1e-13);
  });
  test.each(golden.t)('on the tails of Student t beyond %d, %d degrees', (t, degrees, outside) => {
    expect(relativeError(studentTwoSided(t, degrees), outside)).toBeLessThan(2e-11);
  });
  test.each(golden.t_quantile)('on its quantile, level %d, %d degrees', (level, degrees, t) => {
    expect(relativeError(studentQuantile(level, degrees), t)).toBeLessThan(2e-11);
  });
});
