import { timeFeatureCount, timeFeatures } from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

test('values worked by hand', () => {
  const now = timeFeatures(0, 90);
  expect([...now]).toEqual([0, 0, 1, 1, 0, 1, 0, 1]);

  // 7 days: log 8 / log 91, 7/90, e^(-7/3), e^(-1/2), a full turn of the week, 82.79 degrees of
  // the month.
  const week = timeFeatures(7, 90);
  const expected = [0.460986, 0.077778, 0.096972, 0.606531, 0, 1, 0.992098, 0.125461];
  expect(week).toHaveLength(timeFeatureCount);
  for (const [i, value] of expected.entries()) expect(week[i]).toBeCloseTo(value, 5);

  // The edge of the window.
  expect([...timeFeatures(90, 90).subarray(0, 2)]).toEqual([1, 1]);
});

test('same weekday, same week features', () => {
  for (const age of [0.25, 3, 5.5]) {
    const [a, b] = [timeFeatures(age, 90), timeFeatures(age + 28, 90)];
    expect(a[4]).toBeCloseTo(b[4]!, 5);
    expect(a[5]).toBeCloseTo(b[5]!, 5);
  }
});
