import { arrayOf, type TensorData } from '@q-anchor/graph';

import type { Tensors } from '../engine.js';

/** A tensor that shares nothing with another; unlike `slice`, also for a `Buffer`. */
function copyOf({ dtype, shape, data }: TensorData): TensorData {
  const copy = arrayOf(dtype, data.length);
  (copy as Uint8Array).set(data as Uint8Array);
  return { dtype, shape: [...shape], data: copy };
}

/** Tensors that share nothing with others. */
export const copiesOf = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, copyOf(tensor)]));
