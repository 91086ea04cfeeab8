import type { Tensors } from '@q-anchor/backend';
import { digestOf } from '@q-anchor/core';

import type { DualTowerConfig } from '../model/config.js';
import { frozenParameters } from '../train/trained-parameters.js';

/**
 * Digest of what training a model leaves as it is: a checkpoint without it belongs to these values
 * alone.
 *
 * @param config - the model
 * @param parameters - all of its parameters
 * @returns nothing where all is trained
 */
export function baseDigest(config: DualTowerConfig, parameters: Tensors): string | undefined {
  const names = frozenParameters(config);
  if (names.length === 0) return undefined;
  const content = names.map((name) => {
    const { shape, data } = parameters[name]!;
    return { name, shape: [...shape], data };
  });
  return digestOf(content);
}
