/** Both views of one 32-bit word. */
const word = new Float32Array(1);
const bits = new Uint32Array(word.buffer);

/** The float32 bits of a float16, exact: a half has a smaller exponent and fewer digits. */
function float32BitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  // A subnormal half is a normal float: shift its first digit up to where it is implied.
  const shift = Math.clz32(fraction) - 21;
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)) >>> 0;
}

let halfTable: Uint32Array | undefined;

/**
 * Float16 words to float32, exactly; NaN stays NaN, with its payload.
 *
 * @param words - IEEE binary16 words
 * @param out - as many floats
 */
export function decodeFloat16(words: Uint16Array, out: Float32Array): void {
  halfTable ??= Uint32Array.from({ length: 0x10000 }, (_, half) => float32BitsOfHalf(half));
  const target = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < words.length; i++) target[i] = halfTable[words[i]!]!;
}

/**
 * Bfloat16 words to float32, exactly: they are its upper halves.
 *
 * @param words - bfloat16 words
 * @param out - as many floats
 */
export function decodeBfloat16(words: Uint16Array, out: Float32Array): void {
  const target = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < words.length; i++) target[i] = words[i]! << 16;
}

/** Drops the `count` lowest bits of `value`, rounding to the nearest and to even on a tie. */
const roundedShift = (value: number, count: number): number => {
  const kept = value >>> count;
  const rest = value & ((1 << count) - 1);
  const half = 1 << (count - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
};

function halfOf(value: number): number {
  word[0] = value;
  const source = bits[0]!;
  const sign = (source >>> 16) & 0x8000;
  const exponent = (source >>> 23) & 0xff;
  const fraction = source & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200 | (fraction >>> 13));
  // A carry out of the fraction moves into the exponent, and at the top into infinity, as it should.
  if (exponent >= 143) return sign | 0x7c00;
  if (exponent >= 113) return sign | roundedShift(((exponent - 112) << 23) | fraction, 13);
  if (exponent < 102) return sign;
  return sign | roundedShift(0x800000 | fraction, 126 - exponent);
}

/** Float32 to float16 words, rounded to nearest, ties to even; too large becomes infinity. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = halfOf(values[i]!);
  return out;
}

/** Float32 to bfloat16 words, rounded to nearest, ties to even; NaN stays NaN. */
export function encodeBfloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < source.length; i++) {
    const value = source[i]!;
    const isNaN = (value & 0x7fffffff) > 0x7f800000;
    out[i] = isNaN ? (value >>> 16) | 0x40 : roundedShift(value, 16);
  }
  return out;
}
