import { InputError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { checkMatrix, quantisedNames, type QuantisedFormat } from './format.js';

/**
 * The numbers that a quantised parameter stands for, `(q - zero) * scale`.
 *
 * @param parameters - those of {@link quantise} among others
 * @param options - the parameter's name, `[rows, columns]` and format
 * @returns `float32 [rows, columns]`
 * @throws {@link InputError} if a tensor is missing, or the shape is no matrix's
 */
export function dequantiseParameter(
  parameters: Readonly<Record<string, TensorData>>,
  options: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly format: QuantisedFormat;
  },
): TensorData {
  const { name, format } = options;
  const { bits, blockSize, isSymmetric } = format;
  const [rows, columns] = checkMatrix(name, options.shape);
  const names = quantisedNames(name, format);
  const dataOf = (part: string): TensorData['data'] => {
    const tensor = parameters[part];
    if (tensor) return tensor.data;
    throw new InputError({
      where: `parameter '${part}'`,
      expected: `a part of the quantised '${name}'`,
      found: 'none',
    });
  };
  const packed = dataOf(names.packed);
  const scales = dataOf(names.scales);
  const zeros = isSymmetric ? undefined : dataOf(names.zeros);
  const blocks = Math.ceil(columns / blockSize);
  const perByte = 8 / bits;
  const numberAt = (from: TensorData['data'], start: number, index: number): number =>
    (Number(from[start + Math.floor(index / perByte)]) >> ((index % perByte) * bits)) &
    (2 ** bits - 1);
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const rowStart = (row * blocks * blockSize) / perByte;
    for (let column = 0; column < columns; column++) {
      const block = Math.floor(column / blockSize);
      const zero = zeros
        ? numberAt(zeros, row * Math.ceil(blocks / perByte), block)
        : 2 ** (bits - 1);
      const scale = Number(scales[row * blocks + block]);
      data[row * columns + column] = (numberAt(packed, rowStart, column) - zero) * scale;
    }
  }
  return { dtype: 'float32', shape: [rows, columns], data };
}
