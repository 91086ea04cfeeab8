import { InputError } from '@q-anchor/core';

/** How the numbers of a weight are stored: in blocks of a row, each with a scale. */
export interface QuantisedFormat {
  /** Bits of a number. */
  readonly bits: 4 | 8;
  /** Numbers in a block: those that share a scale. */
  readonly blockSize: 32 | 64 | 128;
  /** Whether zero is in the middle of the range; else every block has a zero point of its own. */
  readonly isSymmetric: boolean;
}

/**
 * What `int8` and `int4` mean here. Eight bits lose little whatever the block, and large blocks are
 * the fastest; four bits need smaller ones with their own zero points. Half of 64 would lose less
 * still, but scales would then take a fifth of the memory.
 */
export const quantisedFormats: Readonly<Record<'int8' | 'int4', QuantisedFormat>> = {
  int8: { bits: 8, blockSize: 128, isSymmetric: true },
  int4: { bits: 4, blockSize: 64, isSymmetric: false },
};

/** Names of the tensors that stand for a quantised parameter; the first one's end tells the bits. */
export const quantisedNames = (
  name: string,
  { bits }: Pick<QuantisedFormat, 'bits'>,
): { readonly packed: string; readonly scales: string; readonly zeros: string } => ({
  packed: `${name}.int${bits}`,
  scales: `${name}.scales`,
  zeros: `${name}.zeros`,
});

/** Shapes of the tensors that stand for a quantised parameter `[rows, columns]`. */
export function quantisedShapes(
  [rows, columns]: readonly [rows: number, columns: number],
  { bits, blockSize }: QuantisedFormat,
): {
  readonly packed: readonly [number, number, number];
  readonly scales: readonly [number, number];
  readonly zeros: readonly [number, number];
} {
  const blocks = Math.ceil(columns / blockSize);
  return {
    packed: [rows, blocks, (blockSize * bits) / 8],
    scales: [rows, blocks],
    zeros: [rows, Math.ceil((blocks * bits) / 8)],
  };
}

/**
 * Sees that a parameter is a matrix.
 *
 * @throws {@link InputError} if it isn't: nothing else is quantised
 */
export function checkMatrix(name: string, shape: readonly number[]): readonly [number, number] {
  const [rows, columns] = shape;
  if (shape.length === 2 && rows !== undefined && columns !== undefined) return [rows, columns];
  throw new InputError({
    where: `quantised parameter '${name}'`,
    expected: 'a matrix',
    found: `[${shape.join(', ')}]`,
  });
}
