import type { NeighbourAffinities } from './neighbour-affinities.js';
import { createQuadtree } from './quadtree.js';

/** How badly a layout keeps affinities, and which way it should move. */
export interface LayoutGradient {
  /** `[rows, 2]`. */
  readonly gradient: Float64Array;
  /** `sum_k sum_{l != k} (1 + |y_k - y_l|^2)^-1`. */
  readonly normaliser: number;
}

/**
 * Gradient of t-SNE's divergence by the layout (van der Maaten 2014, equation 8).
 *
 * `dC/dy_i = 4 [ e sum_j p_ij w_ij (y_i - y_j) - (1/Z) sum_j w_ij^2 (y_i - y_j) ]`, `w_ij = (1 + |y_i - y_j|^2)^-1`,
 * `e` the exaggeration; the second sum by a tree.
 */
export function layoutGradient(
  layout: Float64Array,
  options: {
    readonly affinities: NeighbourAffinities;
    readonly theta: number;
    readonly exaggeration?: number;
  },
): LayoutGradient {
  const { affinities, theta, exaggeration = 1 } = options;
  const { starts, columns, values } = affinities;
  const rows = layout.length / 2;
  const tree = createQuadtree(layout, theta);
  const repulsions = new Float64Array(2 * rows);
  let normaliser = 0;
  for (let i = 0; i < rows; i++) {
    const repulsion = tree.repulsionOn(i);
    normaliser += repulsion.normaliser;
    repulsions[2 * i] = repulsion.x;
    repulsions[2 * i + 1] = repulsion.y;
  }
  const gradient = new Float64Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    let x = 0;
    let y = 0;
    for (let k = starts[i]!; k < starts[i + 1]!; k++) {
      const j = columns[k]!;
      const dx = layout[2 * i]! - layout[2 * j]!;
      const dy = layout[2 * i + 1]! - layout[2 * j + 1]!;
      const pull = values[k]! / (1 + dx * dx + dy * dy);
      x += pull * dx;
      y += pull * dy;
    }
    gradient[2 * i] = 4 * (exaggeration * x - repulsions[2 * i]! / normaliser);
    gradient[2 * i + 1] = 4 * (exaggeration * y - repulsions[2 * i + 1]! / normaliser);
  }
  return { gradient, normaliser };
}

/** Kullback-Leibler divergence `sum_ij p_ij log(p_ij / q_ij)`, `q_ij = w_ij / Z`, in nats. */
export function layoutDivergence(
  layout: Float64Array,
  {
    affinities,
    normaliser,
  }: {
    readonly affinities: NeighbourAffinities;
    readonly normaliser: number;
  },
): number {
  const { starts, columns, values } = affinities;
  let divergence = 0;
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let k = starts[i]!; k < starts[i + 1]!; k++) {
      const j = columns[k]!;
      const dx = layout[2 * i]! - layout[2 * j]!;
      const dy = layout[2 * i + 1]! - layout[2 * j + 1]!;
      const p = values[k]!;
      if (p > 0) divergence += p * Math.log(p * normaliser * (1 + dx * dx + dy * dy));
    }
  }
  return divergence;
}
