import { InputError } from '@q-anchor/core';

import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import type { TensorSource } from '../safetensors/tensor-source.js';
import type { Architecture } from './architecture.js';
import { canonicalSource } from './canonical-source.js';
import { checkParameters } from './read-parameters.js';
import { withoutTiedHead } from './tied-head.js';

/** Endings of weights that only executing the file can read, or that other libraries own. */
const foreignWeights = /\.(?:bin|pt|pth|ckpt|pkl|pickle|h5|msgpack|onnx|gguf)$/;

/**
 * Refuses a directory whose weights are not safetensors, without opening any of its files.
 *
 * @param path - the directory
 * @param files - names of its files
 * @throws {@link @q-anchor/core#InputError} naming the pickles it has instead
 */
export function refusePickles(path: string, files: readonly string[]): void {
  if (files.some((file) => /\.safetensors(?:\.index\.json)?$/.test(file))) return;
  const foreign = files.filter((file) => foreignWeights.test(file));
  throw new InputError({
    where: path,
    expected: 'weights in model.safetensors, or shards with model.safetensors.index.json',
    found: foreign.length === 0 ? 'no weights' : `only ${foreign.join(', ')}`,
    fix:
      foreign.length === 0
        ? 'Place the .safetensors files beside config.json'
        : 'Pickled weights can run code and are never opened: take the model’s safetensors revision, ' +
          'or save it with save_pretrained(DIR, safe_serialization=True)',
  });
}

/**
 * The weights of a model directory under the model's names, checked by their headers.
 *
 * @throws {@link @q-anchor/core#InputError} as {@link openModelDirectory}
 */
export async function directoryWeights(
  path: string,
  architecture: Architecture,
): Promise<TensorSource> {
  const { kind, config, parameters } = architecture;
  const stored = await openCheckpoint(path);
  try {
    const named = canonicalSource(stored, kind);
    const isTied = kind === 'decoder' && config.tiedEmbeddings;
    const weights = isTied ? await withoutTiedHead(named) : named;
    checkParameters(weights, parameters);
    return weights;
  } catch (error) {
    await stored.close();
    throw error;
  }
}
