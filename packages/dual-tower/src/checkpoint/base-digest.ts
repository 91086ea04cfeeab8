import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import type { Weights } from '@q-anchor/backend';
import { digestOf, type Digestible } from '@q-anchor/core';
import { isStored, type StoredTensor, type TensorData } from '@q-anchor/graph';

import type { DualTowerConfig } from '../model/config.js';
import { frozenParameters } from '../train/trained-parameters.js';

/**
 * Digest of what training a model leaves as it is: a checkpoint without it belongs to these values
 * alone. Half floats in a file and the same values widened count as different.
 *
 * @param config - the model
 * @param parameters - all of its parameters, in memory or in files
 * @returns nothing where all is trained
 */
export async function baseDigest(
  config: DualTowerConfig,
  parameters: Weights,
): Promise<string | undefined> {
  const names = frozenParameters(config);
  if (names.length === 0) return undefined;
  const content: Digestible[] = [];
  for (const name of names) {
    const tensor = parameters[name]!;
    const encoding = isStored(tensor) ? tensor.file.encoding : undefined;
    const bytes = await bytesDigest(tensor);
    content.push({ name, shape: [...tensor.shape], encoding: encoding ?? tensor.dtype, bytes });
  }
  return digestOf(content);
}

/** SHA-256 of a tensor's bytes. */
async function bytesDigest(tensor: TensorData | StoredTensor): Promise<string> {
  const hash = createHash('sha256');
  if (isStored(tensor)) {
    const { path, byteOffset: start, byteLength } = tensor.file;
    if (byteLength > 0) {
      const range = { start, end: start + byteLength - 1, highWaterMark: 2 ** 20 };
      await pipeline(createReadStream(path, range), hash);
    }
  } else {
    const { buffer, byteOffset, byteLength } = tensor.data;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
