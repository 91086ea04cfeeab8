import { InputError, ShapeError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { checkMatrix, quantisedNames, quantisedShapes, type QuantisedFormat } from './format.js';

/**
 * Quantises a matrix, row by row in blocks of neighbours: `w = (q - zero) * scale`, q a whole number
 * of `bits` bits, to the nearest.
 *
 * Symmetric, the number furthest from zero becomes the lowest q, so that scales may be negative.
 * Otherwise the range of a block, stretched to hold zero, is spread over all q, and zero stays zero.
 *
 * @param name - the parameter's
 * @param tensor - `float32 [rows, columns]`
 * @param format - bits, size of blocks, zero points or not
 * @returns by name, see {@link quantisedNames}: `NAME.int8` or `NAME.int4`
 *   `uint8 [rows, blocks, block size * bits / 8]`, of two numbers in a byte the first low;
 *   `NAME.scales` `[rows, blocks]`; unless symmetric `NAME.zeros` `uint8 [rows, bytes]`, packed alike
 * @throws {@link InputError} if it is no float32 matrix, or a number is not finite
 */
export function quantise(
  name: string,
  tensor: TensorData,
  format: QuantisedFormat,
): Record<string, TensorData> {
  const { bits, blockSize, isSymmetric } = format;
  const size = checkMatrix(name, tensor.shape);
  const [rows, columns] = size;
  const { data } = tensor;
  if (!(data instanceof Float32Array)) {
    throw new InputError({
      where: `quantised parameter '${name}'`,
      expected: 'float32',
      found: tensor.dtype,
    });
  }
  if (data.length !== rows * columns) throw new ShapeError(name, size, [data.length]);
  const shapes = quantisedShapes(size, format);
  const [, blocks] = shapes.scales;
  const zeroBytes = shapes.zeros[1];
  const rowBytes = blocks * shapes.packed[2];
  const packed = new Uint8Array(rows * rowBytes);
  const scales = new Float32Array(rows * blocks);
  const zeros = new Uint8Array(isSymmetric ? 0 : rows * zeroBytes);
  const top = 2 ** bits - 1;
  const middle = 2 ** (bits - 1);
  const perByte = 8 / bits;

  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const start = row * columns + block * blockSize;
      const end = Math.min(start + blockSize, (row + 1) * columns);
      let low = 0;
      let high = 0;
      let faults = 0;
      for (let i = start; i < end; i++) {
        const value = data[i]!;
        faults += value * 0; // NaN if it is not finite
        if (value < low) low = value;
        else if (value > high) high = value;
      }
      if (faults !== 0) throw notFinite(name, { data, start, end });
      const furthest = -low > high ? low : high;
      const scale = Math.fround(isSymmetric ? (0 - furthest) / middle : (high - low) / top);
      const inverse = scale === 0 ? 0 : 1 / scale;
      const zero = isSymmetric ? middle : Math.min(top, Math.round(-low * inverse));
      scales[row * blocks + block] = scale;
      if (!isSymmetric) {
        zeros[row * zeroBytes + Math.floor(block / perByte)]! |= zero << ((block % perByte) * bits);
      }
      let at = row * rowBytes + (block * blockSize) / perByte;
      // Numbers past the row's end are zeros.
      for (let i = start; i < start + blockSize; i += perByte) {
        let byte = 0;
        for (let part = 0; part < perByte; part++) {
          const value = i + part < end ? Math.round(data[i + part]! * inverse) + zero : zero;
          byte |= (value < 0 ? 0 : value > top ? top : value) << (part * bits);
        }
        packed[at++] = byte;
      }
    }
  }
  const names = quantisedNames(name, format);
  return {
    [names.packed]: { dtype: 'uint8', shape: shapes.packed, data: packed },
    [names.scales]: { dtype: 'float32', shape: shapes.scales, data: scales },
    ...(!isSymmetric && { [names.zeros]: { dtype: 'uint8', shape: shapes.zeros, data: zeros } }),
  };
}

function notFinite(
  name: string,
  { data, start, end }: { data: Float32Array; start: number; end: number },
): InputError {
  const index = start + data.subarray(start, end).findIndex((value) => !Number.isFinite(value));
  return new InputError({
    where: `quantised parameter '${name}'`,
    expected: 'finite numbers',
    found: `${data[index]} at ${index}`,
  });
}
