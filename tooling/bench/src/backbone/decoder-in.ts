import {
  openModelDirectory,
  type DecoderConfig,
  type ParameterSpecs,
  type TensorSource,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import type { StoredTensor } from '@q-anchor/graph';

/**
 * The decoder of a directory in Hugging Face's form.
 *
 * @throws {@link InputError} if it is none, or a text encoder
 */
export async function decoderIn(directory: string) {
  const model = await openModelDirectory(directory);
  if (model.kind === 'decoder') return model;
  await model.close();
  throw new InputError({ where: directory, expected: 'a decoder', found: 'a BERT encoder' });
}

/** The parameters that reading takes: the layers and the embedding table, no untied output layer. */
export function readingSpecs(specs: ParameterSpecs): ParameterSpecs {
  const { 'lm_head.weight': _, ...used } = specs;
  return used;
}

/** Where the weights of parameters lie, or the parts of quantised ones. */
export function storedWeights(
  source: TensorSource,
  specs: ParameterSpecs,
): Record<string, StoredTensor> {
  const used = Object.keys(specs);
  const isUsed = (name: string): boolean =>
    used.some((spec) => name === spec || name.startsWith(`${spec}.`));
  return Object.fromEntries(source.names.filter(isUsed).map((name) => [name, source.stored(name)]));
}

/** Bytes of weights where they are computed with: half floats as float32. */
export const bytesOf = (weights: Readonly<Record<string, StoredTensor>>): number =>
  Object.values(weights).reduce(
    (sum, { file }) => sum + file.byteLength * (file.encoding === undefined ? 1 : 2),
    0,
  );

/** Sizes of a decoder as a prefix query's workload has them. */
export const readingSizes = (config: DecoderConfig) => ({
  layers: config.layers,
  width: config.width,
  heads: config.heads,
  keyValueHeads: config.keyValueHeads,
  headSize: config.headSize,
  feedForward: config.feedForwardSize,
});
