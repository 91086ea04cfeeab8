import { join } from 'node:path';

import {
  openCheckpoint,
  openSafetensors,
  type ParameterSpecs,
  type TensorSource,
} from '@q-anchor/backbone';
import { ShapeError } from '@q-anchor/core';
import type { FloatDType, TensorData } from '@q-anchor/graph';

import { tensorOf } from './precision.js';

/** Which parameters to read, and the element type wanted. */
interface Wanted {
  readonly specs: ParameterSpecs;
  readonly dtype: FloatDType;
}

/**
 * Parameters of the model in a directory.
 *
 * @throws ShapeError if a tensor is not of its parameter's shape
 */
export async function checkpointWeights(
  directory: string,
  wanted: Wanted,
): Promise<Record<string, TensorData>> {
  await using source = await openCheckpoint(directory);
  return await weightsOf(source, wanted);
}

/**
 * Parameters of the adapters in a directory.
 *
 * @throws ShapeError if a tensor is not of its parameter's shape
 */
export async function adapterWeights(
  directory: string,
  wanted: Wanted,
): Promise<Record<string, TensorData>> {
  await using source = await openSafetensors(join(directory, 'adapter_model.safetensors'));
  return await weightsOf(source, wanted);
}

async function weightsOf(
  source: TensorSource,
  { specs, dtype }: Wanted,
): Promise<Record<string, TensorData>> {
  const weights: Record<string, TensorData> = {};
  for (const [name, { shape }] of Object.entries(specs)) {
    // A text encoder saved below a head has its names behind a prefix.
    const storedName = source.has(`bert.${name}`) ? `bert.${name}` : name;
    const stored = source.info(storedName);
    if (stored.shape.join() !== shape.join()) throw new ShapeError(name, shape, stored.shape);
    const values =
      stored.dtype === 'F64'
        ? ((await source.read(storedName)).data as Float64Array)
        : await source.readFloat32(storedName);
    weights[name] = tensorOf(dtype, { shape, values });
  }
  return weights;
}
