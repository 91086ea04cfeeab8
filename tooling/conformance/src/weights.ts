import type { ParameterSpecs, TensorSource } from '@q-anchor/backbone';
import { ShapeError } from '@q-anchor/core';
import type { FloatDType, TensorData } from '@q-anchor/graph';

import { tensorOf } from './precision.js';

/**
 * Parameters from a file of tensors, in the element type wanted.
 *
 * @throws ShapeError if a tensor is not of its parameter's shape
 */
export async function weightsOf(
  source: TensorSource,
  options: { readonly specs: ParameterSpecs; readonly dtype: FloatDType },
): Promise<Record<string, TensorData>> {
  const { specs, dtype } = options;
  const weights: Record<string, TensorData> = {};
  for (const [name, { shape }] of Object.entries(specs)) {
    const stored = source.info(name);
    if (stored.shape.join() !== shape.join()) throw new ShapeError(name, shape, stored.shape);
    const values =
      stored.dtype === 'F64'
        ? ((await source.read(name)).data as Float64Array)
        : await source.readFloat32(name);
    weights[name] = tensorOf(dtype, { shape, values });
  }
  return weights;
}
