import { InputError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { differenceOf, productOf, sizeOf, sumOf, symbolsOf } from '@q-anchor/graph';

describe('one spelling', () => {
  test.each([
    [sumOf('b', 'a'), 'a+b'],
    [sumOf(2, 'a', 3), 'a+5'],
    [sumOf('a', 'a'), '2*a'],
    [sumOf(), 0],
    [sumOf(4), 4],
    [sumOf('a', -2), 'a+-2'],
    [sumOf('2*a+1', '3*a+b'), '5*a+b+1'],
    [productOf(), 1],
    [productOf('b', 2, 'a'), '2*a*b'],
    [productOf('a', 'a'), 'a*a'],
    [productOf('a', 0), 0],
    [productOf(3, 4), 12],
    [productOf('a+1', 'a+-1'), 'a*a+-1'],
    [productOf('a+b', 2), '2*a+2*b'],
    [differenceOf('a+b', 'b'), 'a'],
    [differenceOf('a', 'a'), 0],
    [differenceOf('a', 'b'), 'a+-1*b'],
    [differenceOf(7, 3), 4],
    [sumOf('b*a', 'a*b'), '2*a*b'],
    [sumOf('a*2*b'), '2*a*b'],
    [sumOf('0*a', 'b'), 'b'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });

  test('what is put together in another order is the same text', () => {
    const one = productOf(sumOf('x', 'y', 1), sumOf('z', 2));
    const other = sumOf(2, 'z', productOf('z', 'y'), productOf(2, 'x'), '2*y', 'x*z');
    expect(one).toBe(other);
  });
});

describe('sizes', () => {
  const sizes = { a: 3, b: 5 };

  test.each([
    [7, 7],
    ['a', 3],
    ['a*a*b+-1*b+2', 42],
    ['0*a', 0],
  ])('%s', (dimension, expected) => {
    expect(sizeOf(dimension, sizes)).toBe(expected);
  });

  test('sums and products of dimensions are sums and products of sizes', () => {
    const [p, q] = ['2*a+b', 'a*b+-4'];
    expect(sizeOf(productOf(p, q), sizes)).toBe(sizeOf(p, sizes) * sizeOf(q, sizes));
    expect(sizeOf(sumOf(p, q), sizes)).toBe(sizeOf(p, sizes) + sizeOf(q, sizes));
    expect(sizeOf(differenceOf(p, q), sizes)).toBe(sizeOf(p, sizes) - sizeOf(q, sizes));
  });

  test('symbols, each once', () => {
    expect(symbolsOf('a*b+2*a+1').toSorted()).toEqual(['a', 'b']);
    expect(symbolsOf(4)).toEqual([]);
  });
});

describe('errors', () => {
  test('a symbol without a size', () => {
    expect(() => sizeOf('a+time', { a: 1 })).toThrow(InputError);
    expect(() => sizeOf('a+time', { a: 1 })).toThrow(
      "dimension 'a+time': expected a size for 'time', found sizes for [a]",
    );
  });

  test.each(['', 'a-b', 'a+', '*a', '2a', 'a b', '1.5', 'a/2'])("'%s'", (text) => {
    expect(() => sumOf(text)).toThrow(InputError);
  });

  test.each([1.5, Number.NaN, Infinity])('%s', (number) => {
    expect(() => productOf(number, 'a')).toThrow(InputError);
  });
});
