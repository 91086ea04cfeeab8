import type { KeyValueShape } from './single-prefixes.js';

/** Keys and values as integers. */
interface QuantisedContent {
  /** `[L, 2, G, T, H]`. */
  readonly content: Uint8Array;
  /** Scales and offsets, as a stored prefix has them: `[L, 2, 2, G, H]`. */
  readonly ranges: Float32Array;
}

/** The 256 steps between two bounds. */
const levels = 255;

/** Calls for each head of keys and of values: where its numbers, scales and offsets start. */
function eachHead(
  { length, decoder }: { length: number; decoder: KeyValueShape },
  visit: (head: {
    readonly content: number;
    readonly scales: number;
    readonly offsets: number;
  }) => void,
): void {
  const { layers, keyValueHeads: groups, headSize: size } = decoder;
  for (let block = 0; block < 2 * layers; block++) {
    for (let g = 0; g < groups; g++) {
      const scales = (2 * block * groups + g) * size;
      const content = (block * groups + g) * length * size;
      visit({ content, scales, offsets: scales + groups * size });
    }
  }
}

/**
 * Keys and values as integers, each the nearest of 256 numbers from the smallest to the largest of its
 * channel in a head, since single channels of keys are many times as large as others.
 *
 * @param prefix - its tokens and floats `[L, 2, G, T, H]`
 * @param decoder - the decoder's shape
 */
export function quantisedPrefix(
  prefix: { readonly length: number; readonly content: Float32Array },
  decoder: KeyValueShape,
): QuantisedContent {
  const { length, content: floats } = prefix;
  const { layers, keyValueHeads, headSize: size } = decoder;
  const content = new Uint8Array(floats.length);
  const ranges = new Float32Array(4 * layers * keyValueHeads * size);
  const low = new Float32Array(size);
  const high = new Float32Array(size);
  eachHead({ length, decoder }, (head) => {
    const end = head.content + length * size;
    low.fill(Infinity);
    high.fill(-Infinity);
    for (let at = head.content, h = 0; at < end; at++, h = h + 1 === size ? 0 : h + 1) {
      const x = floats[at]!;
      if (x < low[h]!) low[h] = x;
      if (x > high[h]!) high[h] = x;
    }
    for (let h = 0; h < size; h++) {
      const step = (high[h]! - low[h]!) / levels;
      // Equal numbers are their offset; a scale of zero couldn't be divided by.
      ranges[head.scales + h] = step > 0 ? step : 1;
      ranges[head.offsets + h] = length > 0 ? low[h]! : 0;
    }
    for (let at = head.content, h = 0; at < end; at++, h = h + 1 === size ? 0 : h + 1) {
      const q = Math.round((floats[at]! - low[h]!) / ranges[head.scales + h]!);
      content[at] = Math.min(levels, q);
    }
  });
  return { content, ranges };
}

/** Floats of integers, `x = scale q + offset`, into an array of their size. */
export function dequantisedPrefix(
  prefix: QuantisedContent & { readonly length: number },
  options: { readonly decoder: KeyValueShape; readonly into: Float32Array },
): void {
  const { length, content, ranges } = prefix;
  const { decoder, into } = options;
  eachHead({ length, decoder }, (head) => {
    const end = head.content + length * decoder.headSize;
    for (let at = head.content, h = 0; at < end; at++, h = h + 1 === decoder.headSize ? 0 : h + 1) {
      into[at] = ranges[head.scales + h]! * content[at]! + ranges[head.offsets + h]!;
    }
  });
}
