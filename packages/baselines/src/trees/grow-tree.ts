import { bestSplit, type Split } from './best-split.js';
import { missingBin, type BinEdges, type BinnedMatrix } from './bins.js';
import { nodeSums, type Histogram, type Histograms, type NodeSums } from './histogram.js';
import type { BoostedTreesSettings } from './settings.js';
import type { Tree } from './tree.js';

/** What {@link growTree} is given beside the rows. */
export interface GrowOptions {
  readonly edges: BinEdges;
  readonly histograms: Histograms;
  /** Columns that may be split. */
  readonly columns: readonly number[];
  readonly settings: BoostedTreesSettings;
  /** Rows that the tree is grown on; reordered in place. */
  readonly order: Uint32Array;
}

/** A leaf that may yet be split. */
interface Leaf {
  readonly node: number;
  readonly depth: number;
  /** Its rows in the order. */
  readonly start: number;
  readonly end: number;
  readonly sums: NodeSums;
  readonly histogram: Histogram;
  readonly split: Split | undefined;
}

/** A grown tree and, for the rows it was grown on, where they ended. */
export interface GrownTree {
  readonly tree: Tree;
  /** Rows of each leaf, as ranges of the order. */
  readonly leaves: readonly {
    readonly node: number;
    readonly start: number;
    readonly end: number;
  }[];
}

/**
 * Grows one tree, the leaf whose split gains most first. A leaf's value is
 * `-rate * G / (H + lambda)`.
 *
 * The histogram of the larger child is the parent's less the smaller child's, so that a level costs at
 * most half of the rows.
 */
export function growTree(matrix: BinnedMatrix, options: GrowOptions): GrownTree {
  const { edges, columns, settings, order, histograms } = options;
  const binCounts = columns.map((column) => edges[column]!.length + 1);
  const nodes = createNodes(2 * settings.maxLeaves - 1);
  const scratch = new Uint32Array(order.length);
  const leafOf = (
    place: Pick<Leaf, 'node' | 'depth' | 'start' | 'end'>,
    histogram: Histogram,
  ): Leaf => {
    const sums = nodeSums(histogram);
    const mayFit =
      place.depth < settings.maxDepth && place.end - place.start >= 2 * settings.minLeafRows;
    const split = mayFit ? bestSplit(histogram, { sums, binCounts, settings }) : undefined;
    return { ...place, sums, histogram, split };
  };

  const whole = { node: nodes.add(), depth: 0, start: 0, end: order.length };
  let leaves: Leaf[] = [leafOf(whole, histograms.of(order, columns))];
  while (leaves.length < settings.maxLeaves) {
    const leaf = leaves.reduce((best, one) => (gainOf(one) > gainOf(best) ? one : best));
    const { split, node, start, end, depth } = leaf;
    if (!split) break;
    const column = columns[split.column]!;
    const bins = matrix.columns[column]!;
    const middle = partition(order, { start, end, bins, split, scratch });
    const left = nodes.split(node, { ...split, column, edges: edges[column]! });
    const places = [
      { node: left, depth: depth + 1, start, end: middle },
      { node: left + 1, depth: depth + 1, start: middle, end },
    ] as const;
    const smaller = middle - start <= end - middle ? 0 : 1;
    const { start: from, end: to } = places[smaller];
    const ofSmaller = histograms.of(order.subarray(from, to), columns);
    const ofLarger = histograms.subtract(leaf.histogram, ofSmaller);
    const children = places.map((place, side) =>
      leafOf(place, side === smaller ? ofSmaller : ofLarger),
    );
    leaves = [...leaves.filter((one) => one !== leaf), ...children];
    for (const { split: next, histogram } of children) if (!next) histograms.release(histogram);
  }
  for (const { node, sums, split, histogram } of leaves) {
    if (split) histograms.release(histogram);
    nodes.setValue(node, (-settings.rate * sums.first) / (sums.second + settings.l2 || 1));
  }
  return { tree: nodes.tree(), leaves };
}

const gainOf = ({ split }: Leaf): number => split?.gain ?? -Infinity;

/** Puts the rows that go left first, each side in the order it had; returns where the right ones start. */
function partition(
  order: Uint32Array,
  {
    start,
    end,
    bins,
    split,
    scratch,
  }: {
    readonly start: number;
    readonly end: number;
    readonly bins: Uint8Array;
    readonly split: Split;
    readonly scratch: Uint32Array;
  },
): number {
  const { bin: last, isMissingLeft } = split;
  let left = start;
  let right = 0;
  for (let i = start; i < end; i++) {
    const row = order[i]!;
    const bin = bins[row]!;
    const isLeft = bin === missingBin ? isMissingLeft : bin <= last;
    if (isLeft) order[left++] = row;
    else scratch[right++] = row;
  }
  order.set(scratch.subarray(0, right), left);
  return left;
}

/** A tree in the making. */
function createNodes(capacity: number) {
  const column = new Int32Array(capacity).fill(-1);
  const threshold = new Float64Array(capacity);
  const bin = new Uint8Array(capacity);
  const isMissingLeft = new Uint8Array(capacity);
  const left = new Int32Array(capacity);
  const value = new Float64Array(capacity);
  let count = 0;
  return {
    add: (): number => count++,
    /** Makes a node an inner one; returns its left child, which the right one follows. */
    split(node: number, split: Omit<Split, 'gain'> & { readonly edges: Float64Array }): number {
      column[node] = split.column;
      bin[node] = split.bin;
      // Behind the last bin there are only missing values.
      threshold[node] = split.edges[split.bin] ?? Infinity;
      isMissingLeft[node] = split.isMissingLeft ? 1 : 0;
      const child = count;
      left[node] = child;
      count += 2;
      return child;
    },
    setValue(node: number, leafValue: number): void {
      value[node] = leafValue;
    },
    tree: (): Tree => ({
      column: column.slice(0, count),
      threshold: threshold.slice(0, count),
      bin: bin.slice(0, count),
      isMissingLeft: isMissingLeft.slice(0, count),
      left: left.slice(0, count),
      value: value.slice(0, count),
    }),
  };
}
