import type { KeyValueShape } from './single-prefixes.js';

/** Keys and values as integers. */
interface QuantisedContent {
  /** `[L, 2, G, T, H]`. */
  readonly content: Uint8Array;
  /** Scales and offsets, as a stored prefix has them. */
  readonly ranges: Float32Array;
}

/** Scales, then offsets, of one kind of one layer. */
export interface RangePlace {
  /** Where its scales start among the ranges. */
  readonly scales: number;
  /** Where its offsets do. */
  readonly offsets: number;
  /** How many there are of each: of keys `G H`, of values `G T`. */
  readonly count: number;
}

const kinds = ['keys', 'values'] as const;

/**
 * Where the ranges of a layer lie.
 *
 * @param layer - counted from 0
 * @param options - keys or values, tokens T, the decoder's shape
 */
export function rangePlace(
  layer: number,
  options: {
    readonly kind: (typeof kinds)[number];
    readonly length: number;
    readonly decoder: KeyValueShape;
  },
): RangePlace {
  const { kind, length, decoder } = options;
  const [keys, values] = [decoder.headSize, length].map((size) => decoder.keyValueHeads * size);
  const start = layer * 2 * (keys! + values!) + (kind === 'keys' ? 0 : 2 * keys!);
  const count = kind === 'keys' ? keys! : values!;
  return { scales: start, offsets: start + count, count };
}

/** The 256 steps between two bounds. */
const levels = 255;

/** Calls for each token and channel of a head, with the place of the number and that of its range. */
function eachNumber(
  { length, headSize, isByChannel }: { length: number; headSize: number; isByChannel: boolean },
  visit: (number: number, range: number) => void,
): void {
  for (let t = 0, at = 0; t < length; t++) {
    for (let h = 0; h < headSize; h++, at++) visit(at, isByChannel ? h : t);
  }
}

/** Calls for each head of keys and values: where its numbers, scales and offsets start. */
function eachHead(
  { length, decoder }: { length: number; decoder: KeyValueShape },
  visit: (head: {
    readonly content: number;
    readonly scales: number;
    readonly offsets: number;
    readonly ranges: number;
    readonly isByChannel: boolean;
  }) => void,
): void {
  const { layers, keyValueHeads, headSize } = decoder;
  let content = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (const kind of kinds) {
      const { scales, offsets, count } = rangePlace(layer, { kind, length, decoder });
      const ranges = count / keyValueHeads;
      for (let g = 0; g < keyValueHeads; g++) {
        const place = { scales: scales + g * ranges, offsets: offsets + g * ranges };
        visit({ content, ...place, ranges, isByChannel: kind === 'keys' });
        content += length * headSize;
      }
    }
  }
}

/**
 * Keys and values as integers, each with the nearest of 256 numbers from the smallest to the largest of
 * its range: keys by channel, since single channels of keys are many times as large as others, values by
 * token.
 *
 * @param prefix - its tokens and floats `[L, 2, G, T, H]`
 * @param decoder - the decoder's shape
 */
export function quantisedPrefix(
  prefix: { readonly length: number; readonly content: Float32Array },
  decoder: KeyValueShape,
): QuantisedContent {
  const { length, content: floats } = prefix;
  const { layers, keyValueHeads, headSize } = decoder;
  const content = new Uint8Array(floats.length);
  const ranges = new Float32Array(2 * layers * keyValueHeads * (headSize + length));
  const low = new Float32Array(Math.max(headSize, length));
  const high = new Float32Array(low.length);
  eachHead({ length, decoder }, (head) => {
    low.fill(Infinity);
    high.fill(-Infinity);
    const size = { length, headSize, isByChannel: head.isByChannel };
    eachNumber(size, (at, range) => {
      const x = floats[head.content + at]!;
      if (x < low[range]!) low[range] = x;
      if (x > high[range]!) high[range] = x;
    });
    for (let range = 0; range < head.ranges; range++) {
      ranges[head.scales + range] = (high[range]! - low[range]!) / levels;
      ranges[head.offsets + range] = low[range]!;
    }
    eachNumber(size, (at, range) => {
      const scale = ranges[head.scales + range]!;
      const q = scale > 0 ? (floats[head.content + at]! - low[range]!) / scale : 0;
      content[head.content + at] = Math.min(levels, Math.round(q));
    });
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
    const size = { length, headSize: decoder.headSize, isByChannel: head.isByChannel };
    eachNumber(size, (at, range) => {
      const q = content[head.content + at]!;
      into[head.content + at] = ranges[head.scales + range]! * q + ranges[head.offsets + range]!;
    });
  });
}
