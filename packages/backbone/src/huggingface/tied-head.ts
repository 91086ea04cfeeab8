import { InputError } from '@q-anchor/core';

import type { TensorSource } from '../safetensors/tensor-source.js';
import { namedSource } from './canonical-source.js';

const head = 'lm_head.weight';
const table = 'model.embed_tokens.weight';

/** Compared at a time, so that two tables of a vocabulary never stand in memory. */
const bytesPerPart = 2 ** 22;

/**
 * The checkpoint of a model whose output layer is its embedding table, without the copy of the table
 * that some files keep under the head's name.
 *
 * @throws {@link @q-anchor/core#InputError} if that copy is not one
 */
export async function withoutTiedHead(source: TensorSource): Promise<TensorSource> {
  if (!source.has(head) || !source.has(table)) return source;
  if (!(await areEqual(source))) {
    throw new InputError({
      where: source.where(head),
      expected: `a copy of ${table}, since config.json ties the two`,
      found: 'other values',
      fix: 'Set "tie_word_embeddings": false in config.json if the model has a head of its own',
    });
  }
  const names = source.names.filter((name) => name !== head);
  return namedSource(source, new Map(names.map((name) => [name, name])));
}

async function areEqual(source: TensorSource): Promise<boolean> {
  const [a, b] = [source.info(head), source.info(table)];
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  for (let start = 0; start < a.byteLength; start += bytesPerPart) {
    const range = { start, end: Math.min(start + bytesPerPart, a.byteLength) };
    const part = await source.readBytes(head, range);
    if (Buffer.compare(part, await source.readBytes(table, range)) !== 0) return false;
  }
  return true;
}
