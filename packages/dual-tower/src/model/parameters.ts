import {
  addedTokensName,
  addedTokensParameters,
  initialAddedTokens,
  decoderParameters,
  initialParameters,
  loraParameters,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import type { Tensors, Weights } from '@q-anchor/backend';
import { isStored, type StoredTensor, type TensorData } from '@q-anchor/graph';
import { textNames, userTokensParameters } from '@q-anchor/user-tokens';

import type { DualTowerConfig } from './config.js';
import { headParameters } from './head.js';
import { matchingStart } from './start-values.js';
import { tokenTable } from './token-table.js';

/** All parameters of a model: decoder, adapters, added tokens, user encoder, head. */
export function dualTowerParameters(config: DualTowerConfig): ParameterSpecs {
  const decoder = decoderParameters(config.decoder);
  return {
    ...decoder,
    ...(config.lora && loraParameters(decoder, config.lora)),
    ...(config.addedTokens && addedTokensParameters(config.addedTokens, config.decoder.width)),
    ...userTokensParameters(config.users),
    ...headParameters(config),
  };
}

/**
 * Start values of a model: drawn, but for those that are given.
 *
 * The text encoder's table starts at deviation 1, so that an event's text weighs about as much as
 * its age and value, which join it by projections of that size. At 0.05 texts were some 0.3 % of an
 * event's variance, and training kept to ages and values. So do the decoder's token embeddings,
 * unless they are the output layer too: beside adapted events of order 1 a query of order 0.05 is
 * lost in the residual stream after the first attention.
 *
 * A configuration may ask for values that match, see {@link matchingStart}.
 *
 * Rows of added tokens start at the mean of the rows of a table that is given, and a little noise.
 *
 * @param config - the model
 * @param seed - of the draws
 * @param options - `given`: parameters that have values already, such as a checkpoint's, in memory or
 *   in files
 */
export function initialDualTower<T extends TensorData | StoredTensor = TensorData>(
  config: DualTowerConfig,
  seed: number,
  options: { readonly given?: Readonly<Record<string, T>> } = {},
): Record<string, TensorData | T> {
  const { given = {} } = options;
  const specs = dualTowerParameters(config);
  const unit = new Set([textNames.table, ...(config.decoder.tiedEmbeddings ? [] : [tokenTable])]);
  const only = (isUnit: boolean): ParameterSpecs =>
    Object.fromEntries(
      Object.entries(specs).filter(
        ([name]) => unit.has(name) === isUnit && !Object.hasOwn(given, name),
      ),
    );
  const drawn = {
    ...initialParameters(only(false), { seed, layers: config.decoder.layers }),
    ...initialParameters(only(true), { seed, embeddingDeviation: 1 }),
  };
  return {
    ...(config.start === 'matching' ? matchingStart(drawn, config, seed) : drawn),
    ...addedRows(config, { given, seed }),
    ...given,
  };
}

function addedRows(
  { addedTokens }: DualTowerConfig,
  { given, seed }: { readonly given: Weights; readonly seed: number },
): Tensors {
  const table = given[tokenTable];
  if (!addedTokens || !table || isStored(table)) return {};
  const { count, first: tokens } = addedTokens;
  return { [addedTokensName]: initialAddedTokens(table, { count, tokens, seed }) };
}
