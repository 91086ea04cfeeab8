import { ShapeError } from '@q-anchor/core';

import { checkType } from '../ir/dtype.js';
import type { Shape, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { onnxType } from '../onnx/wire.js';
import type { OnnxWriter } from '../onnx/writer.js';

/** Rows of numbers in blocks, each number 4 or 8 bits, each block with a scale and a zero point. */
export interface QuantisedRows {
  /**
   * `uint8 [..., blocks, block size * bits / 8]`; of two numbers of 4 bits in a byte the first is the
   * low half. Numbers past the row's end fill the last block.
   */
  readonly packed: Tensor;
  /** `float32 [..., blocks]`. */
  readonly scales: Tensor;
  /**
   * `uint8 [..., ceil(blocks * bits / 8)]`, packed alike. Without them the zero point is half of the
   * range, 8 or 128.
   */
  readonly zeros?: Tensor;
  /** Bits of one number. */
  readonly bits: 4 | 8;
  /** Numbers in a row; the last block may have more. */
  readonly columns: number;
}

/** How many blocks a row has, and of what size. */
export interface BlockSizes {
  /** Blocks in a row. */
  readonly blocks: number;
  /** Numbers in a block. */
  readonly blockSize: number;
}

/**
 * Checks quantised rows.
 *
 * @param where - the op's name, for the error
 * @param rows - what it is given
 * @returns blocks of a row and their size
 * @throws {@link ShapeError} if the parts do not fit together
 * @throws {@link InputError} if a part has another element type
 */
export function blockSizesOf(where: string, rows: QuantisedRows): BlockSizes {
  const { packed, scales, zeros, bits, columns } = rows;
  checkType(`${where} packed`, [packed, 'uint8']);
  checkType(`${where} scales`, [scales, 'float32']);
  if (zeros) checkType(`${where} zeros`, [zeros, 'uint8']);
  const lead = packed.shape.slice(0, -2);
  const [blocks, bytes] = packed.shape.slice(-2);
  if (typeof blocks !== 'number' || typeof bytes !== 'number') {
    throw new ShapeError(`${where} packed`, ['...', 'blocks', 'bytes'], packed.shape);
  }
  const blockSize = (bytes * 8) / bits;
  if (blocks !== Math.ceil(columns / blockSize)) {
    const expected = [...lead, Math.ceil(columns / blockSize), bytes];
    throw new ShapeError(`${where} packed, ${columns} columns`, expected, packed.shape);
  }
  const expectShape = (part: string, { shape }: Tensor, size: number): void => {
    const expected = [...lead, size];
    if (shape.join() !== expected.join()) throw new ShapeError(`${where} ${part}`, expected, shape);
  };
  expectShape('scales', scales, blocks);
  if (zeros) expectShape('zeros', zeros, Math.ceil((blocks * bits) / 8));
  return { blocks, blockSize };
}

/** Types and names of quantised rows, as a lowering has them. */
interface LoweredRows {
  readonly bits: 4 | 8;
  readonly columns: number;
  readonly lead: Shape;
  readonly blocks: number;
  readonly blockSize: number;
  readonly packed: string;
  readonly scales: string;
  readonly zeros: string | undefined;
}

const reshaped = (writer: OnnxWriter, name: string, shape: Shape): string =>
  writer.emit('Reshape', [name, writer.shape(shape)], { attributes: { allowzero: 1 } });

/** Bytes `[..., n]` as the numbers in them, `float32 [..., 2 n]` or `[..., n]`. */
function numbersIn(
  writer: OnnxWriter,
  name: string,
  { bits, shape }: { readonly bits: 4 | 8; readonly shape: Shape },
): string {
  const floats = (bytes: string): string =>
    writer.emit('Cast', [bytes], { attributes: { to: onnxType.float32 } });
  if (bits === 8) return floats(name);
  const low = writer.emit('BitwiseAnd', [name, writer.scalar(15, 'uint8')]);
  const high = writer.emit('BitShift', [name, writer.scalar(4, 'uint8')], {
    attributes: { direction: 'RIGHT' },
  });
  const halves = [low, high].map((half) =>
    writer.emit('Unsqueeze', [floats(half), writer.int64([shape.length])]),
  );
  const pairs = writer.emit('Concat', halves, { attributes: { axis: shape.length } });
  return reshaped(writer, pairs, [...shape.slice(0, -1), 2 * (shape.at(-1) as number)]);
}

const firstOf = (
  writer: OnnxWriter,
  name: string,
  { axis, size }: { readonly axis: number; readonly size: number },
): string =>
  writer.emit('Slice', [name, writer.int64([0]), writer.int64([size]), writer.int64([axis])]);

/** Writes `(q - zero) * scale`; returns the name of `float32 [..., columns]`. */
export function writeDequantised(
  writer: OnnxWriter,
  rows: LoweredRows,
  outputs?: readonly string[],
): string {
  const { bits, columns, lead, blocks, blockSize, packed, scales, zeros } = rows;
  const rank = lead.length;
  const quantised = numbersIn(writer, packed, {
    bits,
    shape: [...lead, blocks, (blockSize * bits) / 8],
  });
  const perBlock = (name: string): string =>
    writer.emit('Unsqueeze', [name, writer.int64([rank + 1])]);
  let zero = writer.scalar(2 ** (bits - 1), 'float32');
  if (zeros !== undefined) {
    const bytes = Math.ceil((blocks * bits) / 8);
    const all = numbersIn(writer, zeros, { bits, shape: [...lead, bytes] });
    zero = perBlock(
      (bytes * 8) / bits === blocks ? all : firstOf(writer, all, { axis: rank, size: blocks }),
    );
  }
  const centred = writer.emit('Sub', [quantised, zero]);
  const values = writer.emit('Mul', [centred, perBlock(scales)]);
  const isExact = blocks * blockSize === columns;
  const attributes = { allowzero: 1 };
  const shape = writer.shape([...lead, blocks * blockSize]);
  if (isExact)
    return writer.emit('Reshape', [values, shape], { attributes, ...(outputs && { outputs }) });
  const filled = writer.emit('Reshape', [values, shape], { attributes });
  const [start, end, axis] = [0, columns, rank].map((value) => writer.int64([value]));
  return writer.emit('Slice', [filled, start!, end!, axis!], outputs && { outputs });
}

/** What a lowering needs to know of quantised rows besides their names. */
export interface QuantisedAttributes extends BlockSizes {
  /** Bits of one number. */
  readonly bits: 4 | 8;
  /** Numbers in a row. */
  readonly columns: number;
}

const op: OpDefinition<QuantisedAttributes> = {
  name: 'dequantise',
  infer: ([packed], { columns }) => [
    { dtype: 'float32', shape: [...packed!.shape.slice(0, -2), columns] },
  ],
  lower(writer, { inputs, outputs, node, attributes }) {
    const [packed, scales, zeros] = inputs as [string, string, string?];
    const lead = node.inputs[0]!.shape.slice(0, -2);
    writeDequantised(writer, { ...attributes, lead, packed, scales, zeros }, outputs);
  },
};

/**
 * Quantised rows as floats: `y = (q - zero) * scale`, scale and zero of the block that q is in.
 *
 * @param rows - packed numbers, scales, zero points
 * @returns `float32 [..., columns]`; there is no gradient
 * @throws {@link ShapeError} if the parts do not fit together
 * @throws {@link InputError} if a part has another element type
 */
export function dequantise(rows: QuantisedRows): Tensor {
  const { packed, scales, zeros, bits, columns } = rows;
  const sizes = blockSizesOf('dequantise', rows);
  const inputs = zeros ? [packed, scales, zeros] : [packed, scales];
  return packed.graph.apply(op, inputs, { bits, columns, ...sizes })[0]!;
}
