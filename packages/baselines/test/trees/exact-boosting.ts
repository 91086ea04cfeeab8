import type { LabelledFeatures } from '@q-anchor/metrics';

interface ExactSettings {
  readonly trees: number;
  readonly rate: number;
  readonly maxLeaves: number;
  readonly maxDepth: number;
  readonly minLeafRows: number;
  readonly l2: number;
}

interface Leaf {
  readonly rows: readonly number[];
  readonly depth: number;
}

interface ExactSplit {
  readonly gain: number;
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/**
 * Boosting without bins or histograms, for little data: at every node all ways to part the rows by one
 * column's values are tried one after the other, missing values on either side.
 *
 * @returns scores of the training rows after all trees
 */
export function exactScores(train: LabelledFeatures, settings: ExactSettings): number[] {
  const { rows, labels } = train;
  const positives = Array.from(labels).filter((label) => label === 1).length;
  const scores = Array.from({ length: rows }, () => Math.log(positives / (rows - positives)));
  for (let tree = 0; tree < settings.trees; tree++) {
    const first = scores.map((score, row) => 1 / (1 + Math.exp(-score)) - labels[row]!);
    const second = scores.map((score) => {
      const p = 1 / (1 + Math.exp(-score));
      return p * (1 - p);
    });
    const quality = (some: readonly number[]): number => {
      const g = some.reduce((sum, row) => sum + first[row]!, 0);
      const h = some.reduce((sum, row) => sum + second[row]!, 0);
      return (g * g) / (h + settings.l2);
    };
    let leaves: Leaf[] = [{ rows: [...Array(rows).keys()], depth: 0 }];
    while (leaves.length < settings.maxLeaves) {
      const splits = leaves.map((leaf) =>
        leaf.depth < settings.maxDepth
          ? exactSplit(leaf.rows, { train, quality, minLeafRows: settings.minLeafRows })
          : undefined,
      );
      const gains = splits.map((split) => split?.gain ?? 0);
      const best = gains.indexOf(Math.max(...gains));
      const split = splits[best];
      if (!split || split.gain <= 0) break;
      const depth = leaves[best]!.depth + 1;
      leaves = [
        ...leaves.filter((_, i) => i !== best),
        { rows: split.left, depth },
        { rows: split.right, depth },
      ];
    }
    for (const leaf of leaves) {
      const g = leaf.rows.reduce((sum, row) => sum + first[row]!, 0);
      const h = leaf.rows.reduce((sum, row) => sum + second[row]!, 0);
      for (const row of leaf.rows) scores[row]! -= (settings.rate * g) / (h + settings.l2);
    }
  }
  return scores;
}

function exactSplit(
  rows: readonly number[],
  {
    train: { features, columns },
    quality,
    minLeafRows,
  }: {
    readonly train: LabelledFeatures;
    readonly quality: (rows: readonly number[]) => number;
    readonly minLeafRows: number;
  },
): ExactSplit | undefined {
  let best: ExactSplit | undefined;
  for (let column = 0; column < columns; column++) {
    const valueOf = (row: number): number => features[row * columns + column]!;
    const known = rows.filter((row) => !Number.isNaN(valueOf(row)));
    const missing = rows.filter((row) => Number.isNaN(valueOf(row)));
    const values = [...new Set(known.map(valueOf))];
    for (const value of values) {
      const low = known.filter((row) => valueOf(row) <= value);
      const high = known.filter((row) => valueOf(row) > value);
      for (const [left, right] of [
        [low, [...high, ...missing]],
        [[...low, ...missing], high],
      ] as const) {
        if (left.length < minLeafRows || right.length < minLeafRows) continue;
        const gain = quality(left) + quality(right) - quality(rows);
        if (!best || gain > best.gain) best = { gain, left, right };
      }
    }
  }
  return best;
}
