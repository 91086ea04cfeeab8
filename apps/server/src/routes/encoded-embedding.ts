import { endianness } from 'node:os';

/** The first numbers of a vector, at length 1 again. */
function shortened(vector: Float32Array, dimensions: number): Float32Array {
  const part = vector.slice(0, dimensions);
  const length = Math.hypot(...part);
  return length === 0 ? part : part.map((number) => number / length);
}

/**
 * An embedding as OpenAI's call has it: numbers, or little-endian 32-bit floats in base64.
 *
 * @param vector - of length 1
 * @param options - how many of its numbers; how they are written
 */
export function encodedEmbedding(
  vector: Float32Array,
  options: { readonly dimensions: number; readonly encoding: 'float' | 'base64' },
): number[] | string {
  const { dimensions, encoding } = options;
  const part = dimensions < vector.length ? shortened(vector, dimensions) : vector;
  if (encoding === 'float') return [...part];
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  return (endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32()).toString('base64');
}
