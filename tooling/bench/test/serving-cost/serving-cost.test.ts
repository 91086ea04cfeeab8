import { InputError } from '@q-anchor/core';
import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { costHere, storageErrorsHere } from '../../src/serving-cost/cost-here.js';
import { servingCostText } from '../../src/serving-cost/run-serving-cost.js';
import { servingCostArgumentsFrom } from '../../src/serving-cost/serving-cost-arguments.js';
import { writeNano } from '../backbone/nano-checkpoint.js';

let directory: string;
beforeAll(async () => {
  directory = await temporaryFolder();
  await writeNano(directory);
});
const task = { tokens: 40, query: 6, queries: [1, 3], rounds: 2, threads: 1 };

test('requests have the tokens asked for; the cached prefix has the bytes of its precision', async () => {
  const [f32, int8] = await Promise.all(
    (['f32', 'int8'] as const).map((storage) => costHere({ directory, ...task, storage })),
  );
  // Two layers, keys and values, two heads of 8; segments and positions.
  expect(f32!.cachedBytes).toBe(40 * (2 * 2 * 2 * 8 * 4 + 16));
  expect(int8!.cachedBytes).toBe(40 * (2 * 2 * 2 * 8 + 16) + 16 * 2 * 2 * 8);
  for (const { rows, prefixTokens, queryTokens, fullSeconds } of [f32!, int8!]) {
    expect(prefixTokens).toBe(40);
    expect(queryTokens).toBeGreaterThanOrEqual(7);
    expect(rows.map(({ queries }) => queries)).toEqual([1, 3]);
    expect(fullSeconds).toBeGreaterThan(0);
    for (const { fullSeconds: full, warmSeconds, warmShare, queries } of rows) {
      expect(full).toBeCloseTo(fullSeconds * queries, 1);
      expect(warmSeconds).toBeGreaterThan(0);
      expect(warmShare).toBeGreaterThan(0);
    }
  }
  expect(servingCostText({ costs: [f32!], overheads: [], errors: [] })).toMatch(
    /^f32: 40 tokens of prefix/,
  );
});

test('errors of storage, f16 nearer than int8', async () => {
  const [f16, int8] = await storageErrorsHere({ directory, ...task, storage: 'f32' });
  expect(f16!.agreement.count).toBe(10);
  expect(f16!.largestRelativeError).toBeGreaterThan(0);
  expect(f16!.largestRelativeError).toBeLessThan(int8!.largestRelativeError);
});

test('too few tokens are bad input', async () => {
  await expect(costHere({ directory, ...task, tokens: 11, storage: 'f32' })).rejects.toThrow(
    /--tokens: expected at least 13/,
  );
});

describe('arguments', () => {
  test('a directory, and options with defaults', () => {
    expect(servingCostArgumentsFrom(['big'])).toEqual({
      directory: 'big',
      tokens: 717,
      query: 20,
      queries: [1, 2, 5, 10, 20, 50],
      storages: ['f32'],
      rounds: 3,
      hasErrors: false,
      isJson: false,
    });
    const argv = [
      'big',
      '--queries',
      '1,10',
      '--storage',
      'f16,int8',
      '--errors',
      '--threads',
      '2',
    ];
    expect(servingCostArgumentsFrom(argv)).toMatchObject({
      queries: [1, 10],
      storages: ['f16', 'int8'],
      hasErrors: true,
      threads: 2,
    });
  });

  test.each([[[]], [['a', '--queries', '1,,2']], [['a', '--storage', 'f64']]])(
    '%j is bad input',
    (argv) => {
      expect(() => servingCostArgumentsFrom(argv)).toThrow(InputError);
    },
  );
});
