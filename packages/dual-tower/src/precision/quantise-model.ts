import {
  bertParameters,
  decoderParameters,
  quantise,
  quantisedFormats,
  type QuantisedFormat,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';
import { textNames, userTokensParameters } from '@q-anchor/user-tokens';

import type { DualTowerModel } from '../checkpoint/model.js';
import type { DualTowerConfig } from '../model/config.js';
import { quantisedPrecision, type QuantisedPrecision } from './precision.js';

/** How {@link quantiseModel} quantises. */
export interface QuantiseModelOptions {
  /** Bits of a weight. */
  readonly weights: QuantisedPrecision;
  /**
   * Numbers that share a scale, at most; smaller matrices have smaller blocks. Fewer are nearer, and
   * take more memory. Default 128, for int4 64.
   */
  readonly blockSize?: QuantisedFormat['blockSize'];
  /** Whether the tables of token embeddings are quantised too. Default true. */
  readonly embeddings?: boolean;
}

/** Tables of the text encoders of which only the rows that are asked for are read. */
const rowTables = new Set([textNames.table, `${textNames.bert}embeddings.word_embeddings.weight`]);

const blockSizes = [32, 64, 128] as const;

/**
 * The parameters that can be quantised: the projections of the decoder and of a BERT text encoder, and
 * the tables of token embeddings. Norms, biases, adapters, added tokens, user encoder and head stay as
 * they are.
 */
function quantisable(config: DualTowerConfig, hasEmbeddings: boolean): readonly string[] {
  const kinds = new Set(['matrix', 'output-matrix', ...(hasEmbeddings ? ['embedding'] : [])]);
  const decoder = Object.entries(decoderParameters(config.decoder));
  const { textEncoder } = config.users;
  const bert = textEncoder?.kind === 'bert' ? bertParameters(textEncoder.bert) : {};
  const text = Object.entries(userTokensParameters(config.users));
  return [
    ...decoder.flatMap(([name, { kind }]) => (kinds.has(kind) ? [name] : [])),
    ...text.flatMap(([name]) => (hasEmbeddings && rowTables.has(name) ? [name] : [])),
    ...Object.entries(bert).flatMap(([name, { kind }]) =>
      kind.endsWith('matrix') ? [textNames.bert + name] : [],
    ),
  ];
}

/**
 * A model with its large weights as integers of 8 or 4 bits, for embedding and answering; training
 * needs the model it was made of. All else stays float32, and so does every computation but the
 * products, which round their inputs to 8 bits.
 *
 * @param model - not quantised
 * @param options - bits, size of blocks, whether embedding tables are quantised
 * @throws {@link @q-anchor/core#InputError} if the model is quantised already, a weight is missing
 * or has a number that is not finite
 * @example
 * ```ts
 * await saveModel('served', quantiseModel(await loadModel('run/model'), { weights: 'int8' }));
 * ```
 */
export function quantiseModel(
  model: DualTowerModel,
  options: QuantiseModelOptions,
): DualTowerModel {
  const { weights, embeddings = true } = options;
  const found = quantisedPrecision(model.parameters);
  if (found !== 'f32') {
    throw new InputError({
      where: 'quantiseModel',
      expected: 'a model of floats',
      found: `one of ${found}`,
      fix: 'Quantise the model it was made of',
    });
  }
  const format = quantisedFormats[weights];
  const { blockSize = format.blockSize } = options;
  const parameters: Record<string, TensorData> = { ...model.parameters };
  for (const name of quantisable(model.config, embeddings)) {
    const tensor = parameters[name];
    if (!tensor) {
      throw new InputError({ where: `parameter '${name}'`, expected: 'a matrix', found: 'none' });
    }
    delete parameters[name];
    const columns = tensor.shape.at(-1) ?? 0;
    const fitting = blockSizes.find((size) => size >= columns) ?? blockSize;
    const block = fitting < blockSize ? fitting : blockSize;
    Object.assign(parameters, quantise(name, tensor, { ...format, blockSize: block }));
  }
  return { ...model, parameters };
}
