import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { quantise, quantisedFormats, writeSafetensors } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

import type { QuantisedWeights } from '../workloads/workload.js';
import { decoderIn } from './decoder-in.js';

/** A file of a decoder's quantised weights in a folder of its own. */
export interface QuantisedFile {
  /** The file. */
  readonly path: string;
  /** Removes it. */
  remove(): Promise<void>;
}

/** Quantises the weights of a directory into a temporary file. */
export async function quantisedFile(
  directory: string,
  precision: QuantisedWeights,
): Promise<QuantisedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'q-anchor-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await using model = await decoderIn(directory);
    const tensors: Record<string, TensorData> = {};
    for (const [name, { shape }] of Object.entries(model.parameters)) {
      const tensor = {
        dtype: 'float32',
        shape,
        data: await model.weights.readFloat32(name),
      } as const;
      if (shape.length === 2)
        Object.assign(tensors, quantise(name, tensor, quantisedFormats[precision]));
      else tensors[name] = tensor;
    }
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, tensors);
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
