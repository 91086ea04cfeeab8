import { InputError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { benchArgumentsFrom } from '../src/arguments.js';

describe('arguments', () => {
  test('the defaults', () => {
    expect(benchArgumentsFrom(['train-step'])).toEqual({
      bench: 'train-step',
      isJson: false,
      rounds: 5,
      shapes: [],
    });
  });

  test('every option, in any place', () => {
    const argv = ['--json', '--shape', '1,2', 'prefix-query', '--torch', 'uv run python'];
    argv.push('--weights', 'int4', '--rounds=7', '--threads', '2', '--shape', '3,4');
    expect(benchArgumentsFrom(argv)).toEqual({
      bench: 'prefix-query',
      torch: 'uv run python',
      isJson: true,
      rounds: 7,
      threads: 2,
      weights: 'int4',
      shapes: ['1,2', '3,4'],
    });
  });

  test('help wins over what is missing', () => {
    expect(benchArgumentsFrom(['-h'])).toBe('help');
  });

  test.each([
    [[], /what to time: expected train-step or prefix-query, found nothing/],
    [['train'], /found 'train'/],
    [['train-step', 'prefix-query'], /found 'train-step prefix-query'/],
    [['train-step', '--round', '3'], /--round/],
    [['train-step', '--rounds', '0'], /--rounds: expected a whole number of at least 1, found '0'/],
    [['train-step', '--rounds', '2.5'], /found '2.5'/],
    [['train-step', '--threads', 'two'], /--threads: .*found 'two'/],
    [['train-step', '--torch'], /--torch/],
    [['train-step', '--weights', 'int8'], /--weights: expected prefix-query/],
    [['prefix-query', '--weights', 'f16'], /found 'f16'/],
  ])('%j is bad input', (argv, message) => {
    expect(() => benchArgumentsFrom(argv)).toThrow(message);
    expect(() => benchArgumentsFrom(argv)).toThrow(InputError);
  });
});
