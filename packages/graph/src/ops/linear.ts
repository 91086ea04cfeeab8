import { ShapeError } from '@q-anchor/core';

import { productOf } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import { add } from './add.js';
import { matmul } from './matmul.js';
import { reshape } from './reshape.js';

/** Weights of a linear layer, in the layout checkpoints have. */
export interface LinearWeights {
  /** `[outputs, inputs]`. */
  readonly weight: Tensor;
  /** `[outputs]`. */
  readonly bias?: Tensor;
}

/**
 * Linear layer `y = x W^T + b`.
 *
 * @param x - `[..., inputs]`
 * @param weights - weight `[outputs, inputs]` and optional bias `[outputs]`
 * @returns `[..., outputs]`
 * @throws {@link ShapeError} if the sizes do not fit
 */
export function linear(x: Tensor, { weight, bias }: LinearWeights): Tensor {
  const lead = x.shape.slice(0, -1);
  const [outputs, inputs] = weight.shape;
  if (weight.shape.length !== 2 || x.shape.at(-1) !== inputs) {
    throw new ShapeError('linear', ['...', inputs ?? 'inputs'], x.shape);
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
    throw new ShapeError('linear bias', [outputs!], bias.shape);
  }
  // One matrix product over all rows at once is what the engine is fastest at.
  const rows = reshape(x, [productOf(...lead), inputs!]);
  const product = matmul([rows, weight], { transposeB: true });
  const y = bias ? add(product, bias) : product;
  return reshape(y, [...lead, outputs!]);
}
