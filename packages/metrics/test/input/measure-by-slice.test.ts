import { InputError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { measureBySlice, rocAuc } from '@q-anchor/metrics';

const labels = [1, 0, 1, 0, 1, 1];
const scores = [5, 1, 2, 3, 4, 9];
const slices = ['b', 'b', 'a', 'a', 'b', 'c'];

describe('measureBySlice', () => {
  test('measures all users and each slice; a slice that does not allow it says why', () => {
    expect(measureBySlice({ labels, scores }, { slices, measure: rocAuc })).toEqual({
      overall: rocAuc({ labels, scores }),
      slices: [
        { slice: 'a', users: 2, value: 0 },
        { slice: 'b', users: 3, value: 1 },
        { slice: 'c', users: 1, problem: expect.stringContaining('both classes') },
      ],
    });
  });

  test('hands over any columns, in the order of the users', () => {
    const seen: number[][] = [];
    measureBySlice(
      { one: [1, 2, 3] },
      {
        slices: ['y', 'x', 'y'],
        measure: ({ one }) => seen.push([...one]),
      },
    );
    expect(seen).toEqual([[1, 2, 3], [2], [1, 3]]);
  });

  test('errors on all users and errors that are no matter of input come through', () => {
    expect(() =>
      measureBySlice({ labels: [1, 1], scores: [1, 2] }, { slices: ['a', 'b'], measure: rocAuc }),
    ).toThrow(InputError);
    let calls = 0;
    const measure = () => {
      if (++calls > 1) throw new TypeError('broken');
    };
    expect(() => measureBySlice({ labels }, { slices, measure })).toThrow(TypeError);
  });

  test('refuses a column of another length', () => {
    expect(() => measureBySlice({ labels, scores: [1] }, { slices, measure: rocAuc })).toThrow(
      'columns.scores: expected one number for each of 6 users, found 1',
    );
  });
});
