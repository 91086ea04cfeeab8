import { InputError } from '@q-anchor/core';

import { productOf, type Dimension } from '../ir/dimension.js';
import {
  bytesPerElement,
  isStored,
  type DType,
  type StoredTensor,
  type TensorArray,
  type TensorData,
} from '../ir/dtype.js';
import type { Graph } from '../ir/graph.js';
import type { OnnxInitializer } from './wire.js';

/** A tensor's bytes, not copied. */
export const bytesOf = (data: TensorArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Weights as initializers of a model. */
export interface WeightInitializers {
  readonly initializers: readonly OnnxInitializer[];
  /** Parts of the external file that is to be written. */
  readonly external: readonly Uint8Array[];
}

/**
 * Embedded weights as initializers: in the model, in one external file to be written, or where they
 * lie already.
 *
 * @param weights - by name, checked
 * @param options - limit and name of the external file, names of other files, and what the
 *   initializer of a weight is called
 */
export function weightInitializers(
  weights: Readonly<Record<string, TensorData | StoredTensor>>,
  options: {
    readonly inlineLimitBytes: number;
    readonly externalLocation: string;
    readonly locationOf: (path: string) => string;
    readonly sourceOf: (name: string) => string;
  },
): WeightInitializers {
  const { inlineLimitBytes, externalLocation, locationOf, sourceOf } = options;
  const initializers: OnnxInitializer[] = [];
  const external: Uint8Array[] = [];
  const total = Object.values(weights).reduce(
    (sum, weight) => sum + (isStored(weight) ? 0 : weight.data.byteLength),
    0,
  );
  let offset = 0;
  for (const [name, weight] of Object.entries(weights)) {
    const { dtype, shape } = weight;
    if (isStored(weight)) {
      const { path, byteOffset, byteLength, encoding } = weight.file;
      const place = { location: locationOf(path), offset: byteOffset, length: byteLength };
      initializers.push({ name: sourceOf(name), dtype: encoding ?? dtype, shape, external: place });
      continue;
    }
    const bytes = bytesOf(weight.data);
    if (total <= inlineLimitBytes) {
      initializers.push({ name, dtype, shape, bytes });
      continue;
    }
    const length = bytes.byteLength;
    const place = { location: externalLocation, offset, length };
    initializers.push({ name, dtype, shape, external: place });
    external.push(bytes);
    offset += length;
  }
  return { initializers, external };
}

/**
 * Sees that a weight fits the input it stands for.
 *
 * @throws {@link InputError} if it does not
 */
export function checkWeight(graph: Graph, name: string, weight: TensorData | StoredTensor): void {
  const where = `weight '${name}'`;
  const input = graph.inputs.find((candidate) => candidate.name === name);
  if (!input) throw new InputError({ where, expected: 'an input so named', found: 'none' });
  const fits =
    input.dtype === weight.dtype &&
    input.shape.length === weight.shape.length &&
    input.shape.every((size, axis) => typeof size === 'string' || size === weight.shape[axis]);
  if (!fits) {
    const expected = `${input.dtype} [${input.shape.join(', ')}]`;
    const found = `${weight.dtype} [${weight.shape.join(', ')}]`;
    throw new InputError({ where, expected, found });
  }
  const elements = productOf(...(weight.shape as readonly Dimension[]));
  if (isStored(weight)) checkStored(where, { ...weight, elements: Number(elements) });
  else if (elements !== weight.data.length) {
    throw new InputError({
      where,
      expected: `${elements} elements`,
      found: `${weight.data.length}`,
    });
  }
}

function checkStored(
  where: string,
  { dtype, file, elements }: StoredTensor & { readonly elements: number },
): void {
  const { path, byteLength, encoding } = file;
  const stored: DType = encoding === undefined ? dtype : 'float16';
  if (encoding !== undefined && dtype !== 'float32') {
    const expected = `float32, to be stored as ${encoding}`;
    throw new InputError({ where: `${where} in ${path}`, expected, found: dtype });
  }
  const bytes = elements * bytesPerElement[stored];
  if (bytes === byteLength) return;
  throw new InputError({
    where: `${where} in ${path}`,
    expected: `${bytes} bytes`,
    found: `${byteLength}`,
  });
}
