import { InputError, createRandom } from '@q-anchor/core';

import { requireMatrix } from '../input/feature-matrix.js';
import { requireInteger } from '../input/require-number.js';
import { layoutDivergence, layoutGradient } from './layout-gradient.js';
import { neighbourAffinities } from './neighbour-affinities.js';
import { pca, pcaProjections } from './pca.js';

/** What to lay out in the plane. */
export interface TsneOptions {
  /** `[rows, columns]`, row after row. */
  readonly data: ArrayLike<number>;
  /** Points, more than three times the perplexity. */
  readonly rows: number;
  /** Coordinates of a point. */
  readonly columns: number;
  /** How many neighbours a point roughly looks to, 1 or more. Default 30. */
  readonly perplexity?: number;
  /** Steps; the first quarter gathers groups. Default 1000. */
  readonly iterations?: number;
  /** How roughly far points are seen, from 0 (exact, `O(rows^2)`) to 0.7. Default 0.5. */
  readonly theta?: number;
  /** Seed of the hair's breadth by which the start is moved off the principal plane. Default 0. */
  readonly seed?: number;
  /** Stops the work; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Points in the plane. */
export interface Tsne {
  /** `[rows, 2]`, centred on 0. */
  readonly layout: Float64Array;
  /** Kullback-Leibler divergence of the layout, in nats; comparable for the same data and perplexity. */
  readonly divergence: number;
}

const gathering = 12;
const iterationsBetweenPauses = 10;

/**
 * t-SNE by Barnes and Hut's tree: points in the plane, neighbours kept together.
 *
 * Minimises `KL(P | Q)`, `P` the affinities of neighbours in `data`, `q_ij` proportional to
 * `(1 + |y_i - y_j|^2)^-1`, by gradient descent with momentum (.5, then .8) and gains; affinities are twelve
 * times too large in the first quarter of the steps, the rate is `max(rows / 48, 50)` (van der Maaten 2014;
 * Belkina et al. 2019). The start is the principal plane at deviation 1e-4 (Kobak and Berens 2019), so the
 * large structure is that of {@link pca} and seeds hardly matter. `O(rows^2 columns)` to find neighbours,
 * then `O(rows log rows)` a step. Distances between groups and their sizes mean little: judge separation by
 * {@link silhouette} or {@link classSeparation} of the data itself.
 *
 * @throws {@link InputError} for a perplexity below 1 or too large for the rows, a theta outside [0, 0.7], or
 * a value that is not finite
 * @throws {@link ShapeError} if `data` does not have `rows * columns` values
 * @example
 * ```ts
 * const { layout } = await tsne({ data: embeddings, rows, columns: 128 });
 * ```
 */
export async function tsne(options: TsneOptions): Promise<Tsne> {
  const { data, rows, columns, signal, seed = 0 } = options;
  const { perplexity = 30, iterations = 1000, theta = 0.5 } = options;
  requireMatrix({ features: data, rows, columns }, { where: 'data' });
  requireInteger('iterations', iterations, { least: 1 });
  if (!(perplexity >= 1 && Math.floor(3 * perplexity) < rows)) {
    throw new InputError({
      where: 'perplexity',
      expected: `from 1 to less than a third of ${rows} rows`,
      found: String(perplexity),
      fix: 'Lower the perplexity or lay out more points',
    });
  }
  if (!(theta >= 0 && theta <= 0.7)) {
    throw new InputError({ where: 'theta', expected: 'from 0 to 0.7', found: String(theta) });
  }
  const pause = async (): Promise<void> => {
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    signal?.throwIfAborted();
  };
  const layout = startingLayout({ data, rows, columns, seed });
  const points = Float64Array.from(data);
  const affinities = await neighbourAffinities(points, { rows, perplexity, pause });

  const velocity = new Float64Array(2 * rows);
  const gains = new Float64Array(2 * rows).fill(1);
  const rate = Math.max(rows / (4 * gathering), 50);
  const gatheringSteps = Math.floor(iterations / 4);
  for (let step = 0; step < iterations; step++) {
    if (step % iterationsBetweenPauses === 0) await pause();
    const isGathering = step < gatheringSteps;
    const exaggeration = isGathering ? gathering : 1;
    const { gradient } = layoutGradient(layout, { affinities, theta, exaggeration });
    const momentum = isGathering ? 0.5 : 0.8;
    for (let k = 0; k < layout.length; k++) {
      const isSteady = velocity[k]! * gradient[k]! < 0;
      gains[k] = Math.max(0.01, isSteady ? gains[k]! + 0.2 : gains[k]! * 0.8);
      velocity[k] = momentum * velocity[k]! - rate * gains[k]! * gradient[k]!;
      layout[k] = layout[k]! + velocity[k]!;
    }
    centre(layout);
  }
  const { normaliser } = layoutGradient(layout, { affinities, theta });
  return { layout, divergence: layoutDivergence(layout, { affinities, normaliser }) };
}

function startingLayout({
  data,
  rows,
  columns,
  seed,
}: Required<Pick<TsneOptions, 'data' | 'rows' | 'columns' | 'seed'>>): Float64Array {
  const random = createRandom(seed);
  const axes = Math.min(2, columns);
  const plane = pca({ data, rows, columns, components: axes });
  const projections = pcaProjections(plane, { features: data, rows, columns });
  const deviation = Math.sqrt(plane.explainedVariance[0]!);
  return Float64Array.from({ length: 2 * rows }, (_, k) => {
    const axis = k % 2;
    const along = axis < axes ? projections[Math.floor(k / 2) * axes + axis]! : 0;
    return 1e-6 * random.normal() + (deviation === 0 ? 0 : (1e-4 * along) / deviation);
  });
}

function centre(layout: Float64Array): void {
  let x = 0;
  let y = 0;
  for (let k = 0; k < layout.length; k += 2) {
    x += layout[k]!;
    y += layout[k + 1]!;
  }
  for (let k = 0; k < layout.length; k += 2) {
    layout[k] = layout[k]! - (2 * x) / layout.length;
    layout[k + 1] = layout[k + 1]! - (2 * y) / layout.length;
  }
}
