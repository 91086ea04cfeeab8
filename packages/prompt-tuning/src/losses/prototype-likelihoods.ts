import { ShapeError } from '@q-anchor/core';

import type { PrototypeRule } from './prototype-rule.js';

/** Prototypes in numbers. */
export interface PrototypeTable extends PrototypeRule {
  /** `[classes * perClass, dimensions]`, those of a class together. */
  readonly values: Float32Array;
  /** Number of classes. */
  readonly classes: number;
  /** Size of an embedding. */
  readonly dimensions: number;
}

/**
 * Log-likelihood of each class for embeddings: `log sum_{k in c} e^(s_k/T) - log sum_k e^(s_k/T)`,
 * `s_k` the similarity to prototype `k`; computed in double precision.
 *
 * @param embeddings - `[rows, dimensions]`, of any length
 * @param table - the prototypes
 * @returns `[rows, classes]`, in nats
 * @throws {@link @q-anchor/core#ShapeError} if embeddings or prototypes are no whole rows
 */
export function prototypeLikelihoods(
  embeddings: Float32Array,
  table: PrototypeTable,
): Float64Array {
  const { values, classes, dimensions, temperature, similarity = 'cosine' } = table;
  const perClass = values.length / (classes * dimensions);
  const rows = embeddings.length / dimensions;
  if (!Number.isInteger(perClass)) {
    throw new ShapeError('prototypes', ['classes * perClass', dimensions], [values.length]);
  }
  if (!Number.isInteger(rows)) {
    throw new ShapeError('embeddings', ['rows', dimensions], [embeddings.length]);
  }
  const lengthOf = (data: Float32Array, row: number): number => {
    if (similarity !== 'cosine') return 1;
    let squares = 0;
    for (let d = 0; d < dimensions; d++) squares += data[row * dimensions + d]! ** 2;
    return Math.sqrt(squares) || 1;
  };
  const prototypes = classes * perClass;
  const lengths = Float64Array.from({ length: prototypes }, (_, k) => lengthOf(values, k));
  const out = new Float64Array(rows * classes);
  const logits = new Float64Array(prototypes);
  for (let row = 0; row < rows; row++) {
    const length = lengthOf(embeddings, row);
    for (let k = 0; k < prototypes; k++) {
      let product = 0;
      for (let d = 0; d < dimensions; d++) {
        product += embeddings[row * dimensions + d]! * values[k * dimensions + d]!;
      }
      logits[k] = product / (length * lengths[k]! * temperature);
    }
    const all = logSumExp(logits);
    for (let c = 0; c < classes; c++) {
      out[row * classes + c] = logSumExp(logits.subarray(c * perClass, (c + 1) * perClass)) - all;
    }
  }
  return out;
}

/**
 * Score of the second of two classes: its log-likelihood less that of the first, the log-odds where
 * both are equally frequent.
 *
 * @param embeddings - `[rows, dimensions]`
 * @param table - prototypes of two classes
 * @returns `[rows]`
 * @throws {@link @q-anchor/core#ShapeError} if there are not two classes
 */
export function prototypeScores(embeddings: Float32Array, table: PrototypeTable): Float64Array {
  if (table.classes !== 2)
    throw new ShapeError('prototypeScores', ['two classes'], [table.classes]);
  const likelihoods = prototypeLikelihoods(embeddings, table);
  return Float64Array.from(
    { length: likelihoods.length / 2 },
    (_, row) => likelihoods[2 * row + 1]! - likelihoods[2 * row]!,
  );
}

function logSumExp(values: Float64Array): number {
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
