import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { attention, segmentMask, type FloatDType } from '@q-anchor/graph';

import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

/** A packed sequence as a list of its parts; suffixes continue where the prefix ends. */
interface Packed {
  readonly prefix: number;
  readonly suffixes: readonly number[];
  readonly padding: number;
}

const tokensOf = ({ prefix, suffixes, padding }: Packed) => [
  ...Array.from({ length: prefix }, (_, i) => ({ segment: 0, position: i })),
  ...suffixes.flatMap((length, s) =>
    Array.from({ length }, (_, i) => ({ segment: s + 1, position: prefix + i })),
  ),
  ...Array.from({ length: padding }, () => ({ segment: -1, position: 0 })),
];

/**
 * Visibility by unpacking: a key is seen if it stands at or before the query in the query's own
 * sequence, which is the prefix followed by its suffix.
 */
const visibleKeys = (packed: Packed, query: number): number[] => {
  const { prefix, suffixes } = packed;
  const prefixKeys = Array.from({ length: prefix }, (_, i) => i);
  if (query < prefix) return prefixKeys.slice(0, query + 1);
  let start = prefix;
  for (const length of suffixes) {
    if (query < start + length) {
      const own = Array.from({ length: query - start + 1 }, (_, i) => start + i);
      return [...prefixKeys, ...own];
    }
    start += length;
  }
  // Padding looks at what stands at its position 0 of the prefix; nobody reads it.
  return prefixKeys.slice(0, 1);
};

const maskOf = async (
  sequences: readonly Packed[],
  { dtype, from = 0 }: { readonly dtype: FloatDType; readonly from?: number },
) => {
  const tokens = sequences.map(tokensOf);
  const length = tokens[0]!.length;
  const layout = (name: 'segment' | 'position', start: number) => ({
    ...tensorOf(
      'int64',
      [tokens.length, length - start],
      tokens.flatMap((row) => row.slice(start).map((token) => token[name])),
    ),
  });
  const { mask } = await evaluate(
    {
      segments: layout('segment', 0),
      positions: layout('position', 0),
      querySegments: layout('segment', from),
      queryPositions: layout('position', from),
    },
    ({ segments, positions, querySegments, queryPositions }) => ({
      mask: segmentMask(
        { segments: querySegments!, positions: queryPositions! },
        { segments: segments!, positions: positions! },
        { dtype },
      ),
    }),
  );
  return mask!;
};

const expectedMask = (sequences: readonly Packed[], from = 0): number[] =>
  sequences.flatMap((packed) => {
    const length = tokensOf(packed).length;
    return Array.from({ length: length - from }, (_, i) => visibleKeys(packed, from + i)).flatMap(
      (visible) => Array.from({ length }, (_, key) => (visible.includes(key) ? 0 : -1e9)),
    );
  });

describe('visibility', () => {
  test.each(['float32', 'float64'] as const)(
    'prefix, three suffixes, padding, %s',
    async (dtype) => {
      const sequences = [
        { prefix: 3, suffixes: [2, 1, 3], padding: 2 },
        { prefix: 5, suffixes: [1, 1], padding: 4 },
        { prefix: 11, suffixes: [], padding: 0 },
      ];
      const mask = await maskOf(sequences, { dtype });
      expect(mask.dtype).toBe(dtype);
      expect(mask.shape).toEqual([3, 1, 11, 11]);
      expect(numbersOf(mask)).toEqual(expectedMask(sequences));
    },
  );

  test('queries that are only the tokens behind a cached prefix', async () => {
    const sequences = [{ prefix: 4, suffixes: [2, 3], padding: 1 }];
    const mask = await maskOf(sequences, { dtype: 'float32', from: 4 });
    expect(mask.shape).toEqual([1, 1, 6, 10]);
    expect(numbersOf(mask)).toEqual(expectedMask(sequences, 4));
  });

  test('one token sees itself', async () => {
    const mask = await maskOf([{ prefix: 1, suffixes: [], padding: 0 }], { dtype: 'float32' });
    expect(numbersOf(mask)).toEqual([0]);
  });

  test('without a prefix, a suffix is a causal sequence of its own', async () => {
    const sequences = [{ prefix: 0, suffixes: [2, 2], padding: 0 }];
    const mask = await maskOf(sequences, { dtype: 'float32' });
    expect(numbersOf(mask).map((value) => (value === 0 ? 1 : 0))).toEqual([
      1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1,
    ]);
  });
});

describe('attention under the mask', () => {
  const size = 4;
  const attended = async (
    rows: readonly (readonly number[])[],
    tokens: readonly { readonly segment: number; readonly position: number }[],
  ): Promise<number[][]> => {
    const length = rows.length;
    const { y } = await evaluate(
      {
        x: tensorOf('float32', [1, 1, length, size], rows.flat()),
        s: tensorOf(
          'int64',
          [1, length],
          tokens.map(({ segment }) => segment),
        ),
        p: tensorOf(
          'int64',
          [1, length],
          tokens.map(({ position }) => position),
        ),
      },
      ({ x, s, p }) => {
        const layout = { segments: s!, positions: p! };
        const mask = segmentMask(layout, layout);
        return { y: attention(x!, [{ keys: x!, values: x!, mask }]).output };
      },
    );
    const flat = numbersOf(y!);
    return rows.map((_, i) => flat.slice(i * size, (i + 1) * size));
  };

  test('packed equals separate, and padding changes nothing and stays finite', async () => {
    const random = createRandom(9);
    const packed = { prefix: 3, suffixes: [2, 4], padding: 3 };
    const tokens = tokensOf(packed);
    const rows = tokens.map(() => Array.from({ length: size }, () => random.normal()));
    const together = await attended(rows, tokens);
    expect(together.flat().every(Number.isFinite)).toBe(true);
    for (const segment of [1, 2]) {
      const own = tokens.flatMap((token, i) => ([0, segment].includes(token.segment) ? [i] : []));
      const alone = await attended(
        own.map((i) => rows[i]!),
        own.map((i) => tokens[i]!),
      );
      const pair = [own.flatMap((i) => together[i]!), alone.flat()] as const;
      expect(relativeError(pair)).toBeLessThan(1e-6);
    }
  });

  test('a row that sees nothing stays finite', async () => {
    const rows = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    const nothing = [
      { segment: -1, position: 0 },
      { segment: -1, position: 0 },
    ];
    expect((await attended(rows, nothing)).flat().every(Number.isFinite)).toBe(true);
  });
});
