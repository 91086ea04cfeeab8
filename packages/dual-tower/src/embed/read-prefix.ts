import type { DecoderConfig } from '@q-anchor/backbone';
import { arrayOf, type TensorData } from '@q-anchor/graph';

import type { GivenTokens } from './given-tokens.js';
import { noPast, type LayersContent, type PastContent } from './past-inputs.js';
import type { PrefixCache } from './prefix-cache.js';
import type { UserTokens } from './user-encoder.js';

/** Tokens of a prefix that are read at once: scores and other intermediates stay small. */
const partTokens = 256;

/** Columns `start` to `end` of `[batch, tokens, ...]`. */
function columnsOf(
  { dtype, shape, data }: TensorData,
  { start, end }: { readonly start: number; readonly end: number },
): TensorData {
  const [batch, tokens, ...rest] = shape as readonly [number, number, ...number[]];
  if (start === 0 && end === tokens) return { dtype, shape, data };
  const size = rest.reduce((a, b) => a * b, 1);
  const row = (b: number) =>
    data.subarray((b * tokens + start) * size, (b * tokens + end) * size) as Float32Array;
  const part = arrayOf(dtype, batch * (end - start) * size);
  for (let b = 0; b < batch; b++) {
    (part as Float32Array).set(row(b), b * (end - start) * size);
  }
  return { dtype, shape: [batch, end - start, ...rest], data: part };
}

/** Room for keys and values of prefixes that are read part by part, each `[batch, groups, tokens, size]`. */
function createRoom(decoder: DecoderConfig, { batch, tokens }: { batch: number; tokens: number }) {
  const { layers: depth, keyValueHeads, headSize } = decoder;
  const rows = batch * keyValueHeads;
  const arrays = (): Float32Array[] =>
    Array.from({ length: 2 * depth }, () => new Float32Array(rows * tokens * headSize));
  const whole = arrays();
  // What was read before, without the gaps that the whole leaves for what follows.
  const before = arrays();
  let length = 0;
  const layersOf = (data: readonly Float32Array[], count: number): LayersContent => {
    const shape = [batch, keyValueHeads, count, headSize];
    const tensor = (index: number): TensorData => ({ dtype: 'float32', shape, data: data[index]! });
    return Array.from({ length: depth }, (_, layer) => ({
      keys: tensor(2 * layer),
      values: tensor(2 * layer + 1),
    }));
  };
  return {
    /** What was read before; valid until more is added. */
    get before(): LayersContent {
      const size = length * headSize;
      const packed = whole.map((data, index) => {
        const into = before[index]!.subarray(0, rows * size);
        for (let row = 0; row < rows; row++) {
          const start = row * tokens * headSize;
          into.set(data.subarray(start, start + size), row * size);
        }
        return into;
      });
      return layersOf(packed, length);
    },
    get whole(): LayersContent {
      return layersOf(whole, tokens);
    },
    add(layers: LayersContent, count: number): void {
      const size = count * headSize;
      for (const [layer, { keys, values }] of layers.entries()) {
        for (const [kind, { data }] of [keys, values].entries()) {
          for (let row = 0; row < rows; row++) {
            const part = (data as Float32Array).subarray(row * size, (row + 1) * size);
            whole[2 * layer + kind]!.set(part, (row * tokens + length) * headSize);
          }
        }
      }
      length += count;
    },
  };
}

/** Whether prefixes of that many tokens, padding counted, are read in one part. */
export const isReadAtOnce = (tokens: number): boolean => tokens <= partTokens;

/**
 * Reads prefixes in parts of some hundred tokens, each behind the ones before.
 *
 * @param users - the prefixes' tokens
 * @param options - the decoder's shape, and how a part is read behind what was read before
 */
export async function readPrefix(
  users: UserTokens,
  options: {
    readonly decoder: DecoderConfig;
    readonly read: (part: GivenTokens, past: PastContent) => Promise<LayersContent>;
  },
): Promise<PrefixCache> {
  const { decoder, read } = options;
  const { embeddings, layout, prefixLengths } = users;
  const [batch, tokens] = embeddings.shape as readonly [number, number];
  if (isReadAtOnce(tokens)) {
    const layers = await read(users, noPast(decoder, batch));
    return { prefixLengths, layout, layers };
  }
  const room = createRoom(decoder, { batch, tokens });
  const size = Math.ceil(tokens / Math.ceil(tokens / partTokens));
  for (let start = 0; start < tokens; start += size) {
    const end = Math.min(start + size, tokens);
    const layoutOf = (range: { readonly start: number; readonly end: number }) => ({
      segments: columnsOf(layout.segments, range),
      positions: columnsOf(layout.positions, range),
    });
    const given = {
      embeddings: columnsOf(embeddings, { start, end }),
      layout: layoutOf({ start, end }),
    };
    const past = { layout: layoutOf({ start: 0, end: start }), layers: room.before };
    room.add(await read(given, past), end - start);
  }
  return { prefixLengths, layout, layers: room.whole };
}
