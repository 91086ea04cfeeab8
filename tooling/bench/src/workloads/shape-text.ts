import { InputError } from '@q-anchor/core';

import type { PrefixQueryShape, TrainStepShape } from './workload.js';

const trainStepKeys = [
  'batch',
  'length',
  'width',
  'layers',
  'heads',
  'keyValueHeads',
  'vocabulary',
  'feedForward',
] as const satisfies readonly (keyof TrainStepShape)[];

const prefixQueryKeys = [
  'layers',
  'width',
  'heads',
  'keyValueHeads',
  'headSize',
  'feedForward',
  'prefixTokens',
  'queryTokens',
  'queries',
] as const satisfies readonly (keyof PrefixQueryShape)[];

/** Token ids are taken modulo this prime, in our step and in the PyTorch twin. */
export const idModulus = 97;

function sizesFrom<K extends string>(text: string, keys: readonly K[]): Record<K, number> {
  const sizes = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  const problem = (expected: string): InputError =>
    new InputError({ where: `--shape ${text}`, expected, found: text });
  if (sizes.length !== keys.length || !sizes.every(Number.isSafeInteger)) {
    throw problem(`${keys.length} whole numbers: ${keys.join(',')}`);
  }
  const shape = Object.fromEntries(keys.map((key, i) => [key, sizes[i]!])) as Record<K, number>;
  const zero = keys.find((key) => shape[key] === 0 && key !== 'prefixTokens');
  if (zero) throw problem(`${zero} of at least 1`);
  return shape;
}

function checkHeads(
  text: string,
  shape: { readonly heads: number; readonly keyValueHeads: number; readonly headSize: number },
): void {
  if (shape.heads % shape.keyValueHeads !== 0) {
    const expected = `heads that are a multiple of the ${shape.keyValueHeads} key and value heads`;
    throw new InputError({ where: `--shape ${text}`, expected, found: `${shape.heads}` });
  }
  if (shape.headSize % 2 !== 0) {
    const found = `${shape.headSize}`;
    throw new InputError({ where: `--shape ${text}`, expected: 'heads of an even size', found });
  }
}

/**
 * Sizes of a training step from
 * `batch,length,width,layers,heads,keyValueHeads,vocabulary,feedForward`.
 *
 * @throws {@link InputError} if the sizes are not whole numbers that fit each other
 */
export function trainStepShapeFrom(text: string): TrainStepShape {
  const shape = sizesFrom(text, trainStepKeys);
  checkHeads(text, { ...shape, headSize: shape.width / shape.heads });
  if (shape.vocabulary < idModulus) {
    const expected = `a vocabulary of at least ${idModulus}, which the token ids go up to`;
    throw new InputError({ where: `--shape ${text}`, expected, found: `${shape.vocabulary}` });
  }
  return shape;
}

/**
 * Sizes of a prefix query from
 * `layers,width,heads,keyValueHeads,headSize,feedForward,prefixTokens,queryTokens,queries`.
 *
 * @throws {@link InputError} if the sizes are not whole numbers that fit each other
 */
export function prefixQueryShapeFrom(text: string): PrefixQueryShape {
  const shape = sizesFrom(text, prefixQueryKeys);
  checkHeads(text, shape);
  return shape;
}

/** The text a training step's sizes are written as. */
export const trainStepText = (shape: TrainStepShape): string =>
  trainStepKeys.map((key) => shape[key]).join(',');

/** The text a prefix query's sizes are written as. */
export const prefixQueryText = (shape: PrefixQueryShape): string =>
  prefixQueryKeys.map((key) => shape[key]).join(',');
