import { InputError, ShapeError } from '@q-anchor/core';
import { sizeOf, symbolsOf, type Dimension, type DType, type TensorType } from '@q-anchor/graph';

import type { ProgramInput } from '../engine.js';

/** Element type and sizes of a tensor that exists. */
export interface ContentType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A symbol's size, and the tensor that set it. */
interface Binding {
  readonly size: number;
  readonly source: string;
}

/** Size and source by symbol. */
export type Bindings = ReadonlyMap<string, Binding>;

/** What {@link checkTypes} needs besides types. */
export interface CheckOptions {
  /** What the tensors are, for the error. */
  readonly role: string;
  /** What they are for, for the error. */
  readonly program: string;
  /** Sizes known already. */
  readonly known?: Bindings;
}

/** Element type and shape in one text. */
export const textOf = ({ dtype, shape }: TensorType): string => `${dtype} [${shape.join(', ')}]`;

/** Size by symbol. */
export const sizesOf = (bindings: Bindings): Readonly<Record<string, number>> =>
  Object.fromEntries([...bindings].map(([symbol, { size }]) => [symbol, size]));

/** Whether a dimension is one symbol alone. */
export const isSymbol = (dimension: Dimension): dimension is string =>
  symbolsOf(dimension)[0] === dimension;

/**
 * Checks types of tensors against the inputs they are for, and finds the sizes of the symbols.
 *
 * @param inputs - what is expected
 * @param types - what is given, by name
 * @returns the sizes known and those found
 * @throws {@link InputError} if a tensor is missing or has another element type
 * @throws {@link ShapeError} if a shape is wrong, or a symbol has two sizes
 */
export function checkTypes(
  inputs: readonly ProgramInput[],
  types: Readonly<Record<string, ContentType>>,
  { role, program, known = new Map() }: CheckOptions,
): Bindings {
  const bindings = new Map<string, Binding>(known);
  for (const input of inputs) {
    const { name, dtype, shape } = input;
    const where = `${role} '${name}' of ${program}`;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type?.dtype !== dtype) {
      throw new InputError({
        where,
        expected: textOf(input),
        found: type ? textOf(type) : 'nothing',
      });
    }
    if (type.shape.length !== shape.length) throw new ShapeError(where, shape, type.shape);
    for (const [axis, dimension] of shape.entries()) {
      if (isSymbol(dimension) && !bindings.has(dimension)) {
        bindings.set(dimension, { size: type.shape[axis]!, source: name });
      }
    }
  }
  const sizes = sizesOf(bindings);
  for (const { name, shape } of inputs) {
    const found = types[name]!.shape;
    const expected = shape.map((dimension) =>
      symbolsOf(dimension).every((symbol) => Object.hasOwn(sizes, symbol))
        ? sizeOf(dimension, sizes)
        : undefined,
    );
    if (expected.every((size, axis) => size === undefined || size === found[axis])) continue;
    throw new ShapeError(
      `${role} '${name}' of ${program}`,
      shape.map((dimension, axis) => explained(dimension, { size: expected[axis], bindings })),
      found,
    );
  }
  return bindings;
}

/** A dimension with its size and where that comes from, e.g. `batch = 2 as in 'x'`. */
function explained(
  dimension: Dimension,
  { size, bindings }: { readonly size: number | undefined; readonly bindings: Bindings },
): Dimension {
  if (typeof dimension === 'number' || size === undefined) return dimension;
  const source = bindings.get(dimension)?.source;
  return `${dimension} = ${size}${source === undefined ? '' : ` as in '${source}'`}`;
}
