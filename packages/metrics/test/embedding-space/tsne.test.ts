import { createRandom } from '@q-anchor/core';
import { beforeAll, describe, expect, test } from 'vitest';

import { silhouette, tsne, type Tsne } from '@q-anchor/metrics';

import { layoutDivergence, layoutGradient } from '../../src/embedding-space/layout-gradient.js';
import {
  neighbourAffinities,
  type NeighbourAffinities,
} from '../../src/embedding-space/neighbour-affinities.js';
import { createQuadtree } from '../../src/embedding-space/quadtree.js';
import { readGolden } from '../goldens/read-golden.js';

const golden = readGolden('embedding-space') as {
  readonly points: ReadonlyArray<readonly number[]>;
  readonly perplexity: number;
  readonly joint: ReadonlyArray<readonly number[]>;
  readonly layout: ReadonlyArray<readonly number[]>;
  readonly kl: number;
  readonly gradient: ReadonlyArray<readonly number[]>;
};

const pause = async (): Promise<void> => {};

describe('scikit-learn and scipy agree', () => {
  const layout = Float64Array.from(golden.layout.flat());
  let affinities: NeighbourAffinities;
  beforeAll(async () => {
    const points = Float64Array.from(golden.points.flat());
    affinities = await neighbourAffinities(points, {
      rows: 60,
      perplexity: golden.perplexity,
      pause,
    });
  });

  test('on the affinities of neighbours', () => {
    const { starts, columns, values } = affinities;
    for (const [i, expected] of golden.joint.entries()) {
      const row = new Float64Array(60);
      for (let k = starts[i]!; k < starts[i + 1]!; k++) row[columns[k]!] = values[k]!;
      expect([...row]).toEqual(expected.map((p) => expect.closeTo(p, 13)));
    }
    expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 13);
  });

  test('on divergence and gradient of a layout', () => {
    const { gradient, normaliser } = layoutGradient(layout, { affinities, theta: 0 });
    expect([...gradient]).toEqual(golden.gradient.flat().map((g) => expect.closeTo(g, 12)));
    expect(layoutDivergence(layout, { affinities, normaliser })).toBeCloseTo(golden.kl, 10);
  });

  test('a tree with theta errs little', () => {
    const exact = layoutGradient(layout, { affinities, theta: 0 });
    const rough = layoutGradient(layout, { affinities, theta: 0.5 });
    expect(rough.normaliser / exact.normaliser).toBeCloseTo(1, 2);
    const norm = Math.hypot(...exact.gradient);
    const error = Math.hypot(...rough.gradient.map((g, k) => g - exact.gradient[k]!));
    expect(error / norm).toBeGreaterThan(0);
    expect(error / norm).toBeLessThan(0.05);
  });
});

describe('the tree', () => {
  test('at theta 0 counts every other point once, also of points in one place', () => {
    const random = createRandom(1);
    const layout = Float64Array.from({ length: 400 }, (_, k) =>
      k % 8 < 4 ? random.integer(3) : random.normal() * 10 ** (k % 7),
    );
    layout.set([1e-9, 1, 2e-9, 1], 0); // nearly one place
    const tree = createQuadtree(layout, 0);
    for (let i = 0; i < 200; i++) {
      const expected = { normaliser: 0, x: 0, y: 0 };
      for (let j = 0; j < 200; j++) {
        if (j === i) continue;
        const dx = layout[2 * i]! - layout[2 * j]!;
        const dy = layout[2 * i + 1]! - layout[2 * j + 1]!;
        const near = 1 / (1 + dx * dx + dy * dy);
        expected.normaliser += near;
        expected.x += near * near * dx;
        expected.y += near * near * dy;
      }
      const { normaliser, x, y } = tree.repulsionOn(i);
      expect(normaliser).toBeCloseTo(expected.normaliser, 7);
      expect(x).toBeCloseTo(expected.x, 7);
      expect(y).toBeCloseTo(expected.y, 7);
    }
  });

  test('of a single place holds all points', () => {
    const tree = createQuadtree(new Float64Array(20).fill(3), 0.5);
    expect(tree.repulsionOn(4)).toEqual({ normaliser: 9, x: 0, y: 0 });
  });
});

/** Four groups at the corners of a simplex in ten dimensions. */
const clusters = (rows: number) => {
  const random = createRandom(2);
  const labels = Array.from({ length: rows }, (_, i) => i % 4);
  const data = labels.flatMap((label) =>
    Array.from({ length: 10 }, (_, c) => random.normal() + (c === label ? 6 : 0)),
  );
  return { data, labels, rows, columns: 10 };
};

describe('tsne', () => {
  const { labels, ...points } = clusters(160);
  const options = { ...points, perplexity: 15, iterations: 300 };
  let result: Tsne;
  beforeAll(async () => {
    result = await tsne(options);
  });

  test('sets groups apart that are apart', () => {
    const { layout, divergence } = result;
    expect(silhouette({ data: layout, rows: 160, columns: 2, labels })).toBeGreaterThan(0.6);
    expect(divergence).toBeGreaterThan(0);
    expect(divergence).toBeLessThan(1);
    expect(layout.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 8);
  });

  test('the same call gives the same layout; more steps and the exact sum are no worse', async () => {
    expect(await tsne(options)).toEqual(result);
    const short = await tsne({ ...options, iterations: 90 });
    expect(result.divergence).toBeLessThan(short.divergence);
    const exact = await tsne({ ...options, theta: 0 });
    expect(Math.abs(exact.divergence - result.divergence)).toBeLessThan(0.1);
  });

  test('copes with equal points, one column and no spread', async () => {
    for (const data of [Float64Array.from({ length: 24 }, (_, i) => i % 3), new Float64Array(24)]) {
      const { layout } = await tsne({ data, rows: 24, columns: 1, perplexity: 5, iterations: 40 });
      expect(layout.every(Number.isFinite)).toBe(true);
    }
  });

  test('stops when told to', async () => {
    const controller = new AbortController();
    const running = tsne({ ...options, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  test.each([
    [{ perplexity: 54 }, 'perplexity: expected from 1 to less than a third of 160 rows, found 54'],
    [{ perplexity: 0.5 }, 'perplexity'],
    [{ theta: 0.8 }, 'theta: expected from 0 to 0.7, found 0.8'],
    [{ iterations: 0 }, 'iterations'],
    [{ data: [1] }, 'data: expected shape [160, 10], got [1]'],
    [{ seed: -1 }, 'seed'],
  ])('%o is refused', async (change, message) => {
    await expect(tsne({ ...options, ...change })).rejects.toThrow(message);
  });
});
