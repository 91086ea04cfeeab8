import { describe, expect, test } from 'vitest';

import { goldenAt } from '../src/golden.js';

const golden = goldenAt('file.json', {
  a: {
    b: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  },
  ragged: [[1], [2, 3]],
  text: ['x'],
});

describe('goldenAt', () => {
  test('reads tensors with their shape', () => {
    expect(golden.at('a').at('b').tensor()).toEqual({ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] });
    expect(goldenAt('n', 7).tensor()).toEqual({ shape: [], values: [7] });
    expect(goldenAt('n', []).tensor()).toEqual({ shape: [0], values: [] });
  });

  test.each([
    [
      'a missing key',
      () => golden.at('a').at('c'),
      /file\.json: a: expected an object with the key 'c'/,
    ],
    [
      'uneven lists',
      () => golden.at('ragged').tensor(),
      /ragged: expected numbers in lists of equal/,
    ],
    ['text for numbers', () => golden.at('text').tensor(), /text: expected numbers/],
    [
      'a list for a number',
      () => golden.at('text').number(),
      /text: expected a number, found \["x"\]/,
    ],
    ['an object for a list', () => golden.at('a').list(), /a: expected a list/],
    ['a list for an object', () => golden.at('text').entries(), /text: expected an object/],
  ])('names the place of %s', (_, read, message) => {
    expect(read).toThrow(message);
  });
});
