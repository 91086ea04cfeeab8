import { createRandom, InputError, type Random } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

/** Rounds of k-means at most. */
const maxRounds = 50;

/**
 * Start values of prototypes: the means of each class's embeddings, or with several a class its
 * k-means centres by angle (k-means++ start), each scaled to length 1.
 *
 * @param embeddings - `[users, dimensions]`, rows of length 1
 * @param options - class of each user, number of classes, prototypes a class, seed
 * @returns float32 `[classes * perClass, dimensions]`, those of a class together
 * @throws {@link @q-anchor/core#InputError} if a class has fewer users than prototypes
 */
export function initialPrototypes(
  embeddings: Float32Array,
  options: {
    readonly labels: readonly number[];
    readonly classes: number;
    readonly perClass: number;
    readonly seed: number;
  },
): TensorData {
  const { labels, classes, perClass, seed } = options;
  const dimensions = embeddings.length / labels.length;
  const data = new Float32Array(classes * perClass * dimensions);
  for (let c = 0; c < classes; c++) {
    const rows = labels.flatMap((label, index) =>
      label === c ? [embeddings.subarray(index * dimensions, (index + 1) * dimensions)] : [],
    );
    if (rows.length < perClass) {
      throw new InputError({
        where: `prompt tuning, class ${c}`,
        expected: `at least ${perClass} users, one for each prototype`,
        found: `${rows.length}`,
        fix: 'Take more users, or fewer prototypes',
      });
    }
    const random = createRandom(seed).fork('prototypes').fork(c);
    for (const [k, centre] of centresOf(rows, { perClass, random }).entries()) {
      data.set(centre, (c * perClass + k) * dimensions);
    }
  }
  return { dtype: 'float32', shape: [classes * perClass, dimensions], data };
}

type Row = Float32Array;

const product = (a: Row, b: Row): number => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

function meanDirection(rows: readonly Row[]): Row {
  const sum = new Float64Array(rows[0]!.length);
  for (const row of rows) for (const [d, value] of row.entries()) sum[d] = sum[d]! + value;
  const length = Math.hypot(...sum) || 1;
  return Float32Array.from(sum, (value) => value / length);
}

/** Spherical k-means; a centre that loses its last row stays where it is. */
function centresOf(
  rows: readonly Row[],
  { perClass, random }: { readonly perClass: number; readonly random: Random },
): readonly Row[] {
  if (perClass === 1) return [meanDirection(rows)];
  let centres = spreadRows(rows, { perClass, random });
  let owners: readonly number[] = [];
  for (let round = 0; round < maxRounds; round++) {
    const next = rows.map((row) => nearest(row, centres));
    if (next.every((owner, i) => owner === owners[i])) break;
    owners = next;
    centres = centres.map((centre, k) => {
      const own = rows.filter((_, i) => next[i] === k);
      return own.length > 0 ? meanDirection(own) : centre;
    });
  }
  return centres;
}

function nearest(row: Row, centres: readonly Row[]): number {
  const cosines = centres.map((centre) => product(row, centre));
  return cosines.indexOf(Math.max(...cosines));
}

/** Rows far from each other: each drawn by its distance `1 - cosine` to the nearest one before. */
function spreadRows(
  rows: readonly Row[],
  { perClass, random }: { readonly perClass: number; readonly random: Random },
): Row[] {
  const chosen = [random.pick(rows)];
  while (chosen.length < perClass) {
    const distances = rows.map((row) =>
      Math.max(0, 1 - Math.max(...chosen.map((centre) => product(row, centre)))),
    );
    let left = random.uniform() * distances.reduce((sum, distance) => sum + distance, 0);
    const index = distances.findIndex((distance) => (left -= distance) < 0);
    chosen.push(index < 0 ? random.pick(rows) : rows[index]!);
  }
  return chosen.map((row) => row.slice());
}
