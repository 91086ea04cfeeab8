import { describe, expect, test } from 'vitest';

import { workloadsOf } from '../../src/workloads/default-workloads.js';
import { operationsOf } from '../../src/workloads/work-of.js';

/** Multiply-adds of a product `[rows, inner] x [inner, columns]`. */
type Product = readonly [rows: number, inner: number, columns: number];

const operations = (products: readonly Product[]): number =>
  products.reduce((sum, [rows, inner, columns]) => sum + 2 * rows * inner * columns, 0);

describe('operations of matrix products', () => {
  test('of one product', () => {
    expect(operationsOf({ kind: 'matrix-product', name: '', size: 10 })).toBe(2000);
  });

  test('of a training step: each product of the forward pass, three times', () => {
    const [batch, length, width, layers, heads, groups, vocabulary, inner] = [
      3, 5, 24, 2, 6, 2, 101, 40,
    ];
    const [workload] = workloadsOf('train-step', [
      [batch, length, width, layers, heads, groups, vocabulary, inner].join(','),
    ]);
    const [rows, head] = [batch * length, width / heads];
    const perHead: Product[] = Array.from({ length: batch * heads }, () => [
      [length, head, length] as Product, // scores
      [length, length, head] as Product, // mixed values
    ]).flat();
    const layer: Product[] = [
      [rows, width, width],
      [rows, width, groups * head],
      [rows, width, groups * head],
      ...perHead,
      [rows, width, width],
      [rows, width, inner],
      [rows, width, inner],
      [rows, inner, width],
    ];
    const forward = layers * operations(layer) + operations([[rows, width, vocabulary]]);
    expect(operationsOf(workload!)).toBe(3 * forward);
  });

  test('of a query: its keys are the prefix and the packed queries', () => {
    const [workload] = workloadsOf('prefix-query', ['1,8,2,1,4,16,10,3,2']);
    const [tokens, keys] = [6, 16];
    const products: Product[] = [
      [tokens, 8, 8],
      [tokens, 8, 4],
      [tokens, 8, 4],
      [2 * tokens, 4, keys],
      [2 * tokens, keys, 4],
      [tokens, 8, 8],
      [tokens, 8, 16],
      [tokens, 8, 16],
      [tokens, 16, 8],
    ];
    expect(operationsOf(workload!)).toBe(operations(products));
  });
});
