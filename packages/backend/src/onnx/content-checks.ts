import { InputError } from '@q-anchor/core';
import type { DType, TensorData } from '@q-anchor/graph';

import type { ProgramInput, Tensors } from '../engine.js';
import { checkTypes, type Bindings, type CheckOptions, type ContentType } from './shape-checks.js';

/** Array class by element type. */
const arrayNames: Readonly<Record<DType, string>> = {
  float32: 'Float32Array',
  float64: 'Float64Array',
  float16: 'Uint16Array',
  int64: 'BigInt64Array',
  int32: 'Int32Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
};

/**
 * Checks that a tensor's content is what it says it is.
 *
 * @param where - what the tensor is, for the error
 * @param tensor - the tensor
 * @throws {@link InputError} if its array is of another class or length
 */
export function checkContent(where: string, { dtype, shape, data }: TensorData): void {
  const found = Object.prototype.toString.call(data).slice('[object '.length, -1);
  if (found !== arrayNames[dtype]) {
    throw new InputError({ where, expected: `${dtype} in a ${arrayNames[dtype]}`, found });
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements !== data.length) {
    throw new InputError({
      where,
      expected: `${elements} elements for [${shape.join(', ')}]`,
      found: `${data.length}`,
    });
  }
}

/**
 * Checks feeds against a program's inputs.
 *
 * @param feeds - content by name
 * @param options - `lent`: types of inputs that are not fed; the program's name, sizes known
 * @returns the sizes known and those found
 * @throws {@link InputError} if a feed is missing, or its type or content is wrong
 * @throws {@link ShapeError} if a shape is wrong, or a symbol has two sizes
 */
export function checkFeeds(
  inputs: readonly ProgramInput[],
  feeds: Tensors,
  {
    lent = {},
    ...options
  }: Omit<CheckOptions, 'role'> & { readonly lent?: Readonly<Record<string, ContentType>> },
): Bindings {
  const bindings = checkTypes(inputs, { ...feeds, ...lent }, { role: 'feed', ...options });
  for (const { name } of inputs) {
    if (Object.hasOwn(lent, name)) continue;
    checkContent(`feed '${name}' of ${options.program}`, feeds[name]!);
  }
  return bindings;
}
