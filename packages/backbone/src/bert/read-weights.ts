import { InputError, ShapeError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import type { TensorSource } from '../safetensors/tensor-source.js';
import type { BertConfig } from './config.js';
import { bertParameters } from './parameters.js';

/** What models with a head on top of the encoder put before its names. */
const prefix = 'bert.';

/** Names of the encoder's own that take no part here: the pooler, and positions stored as a buffer. */
const isUnused = (name: string): boolean =>
  name.startsWith('pooler.') || name === 'embeddings.position_ids';

/** The first checkpoints call a norm's parameters gamma and beta. */
const currentName = (name: string): string =>
  name
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');

/**
 * Reads a BERT encoder's weights as float32, tensor by tensor.
 *
 * Names may carry the prefix `bert.`; then what has none is a head on top and is passed over, as is
 * the pooler. A bare encoder must have no other tensor.
 *
 * @param source - an opened checkpoint
 * @param options - the encoder's shape, and the place for errors
 * @returns parameters under the names of {@link bertParameters}
 * @throws {@link @q-anchor/core#InputError} if a tensor is missing, or there is one that the shape
 * of the encoder has no place for
 * @throws {@link @q-anchor/core#ShapeError} if a tensor has another shape
 */
export async function readBertWeights(
  source: TensorSource,
  options: { readonly config: BertConfig; readonly where?: string },
): Promise<Record<string, TensorData>> {
  const { config, where = 'BERT checkpoint' } = options;
  const specs = bertParameters(config);
  const at = source.names.some((name) => name.startsWith(`${prefix}embeddings.`)) ? prefix : '';
  const stored = new Map<string, string>();
  for (const name of source.names) {
    if (!name.startsWith(at)) continue;
    const own = currentName(name.slice(at.length));
    if (own in specs) stored.set(own, name);
    else if (!isUnused(own)) {
      throw new InputError({
        where: `${where}: tensor ${name}`,
        expected: `only the tensors of an encoder of ${config.layers} layers`,
        found: 'one that is none of them',
        fix: 'config.json and the weights may belong to different models',
      });
    }
  }
  const weights: Record<string, TensorData> = {};
  for (const [own, { shape }] of Object.entries(specs)) {
    // Under its own name where it is missing: the source's error says what there is.
    const name = stored.get(own) ?? at + own;
    const found = source.info(name).shape;
    if (found.join() !== shape.join()) {
      throw new ShapeError(`${where}: tensor ${name}`, shape, found);
    }
    weights[own] = { dtype: 'float32', shape, data: await source.readFloat32(name) };
  }
  return weights;
}
