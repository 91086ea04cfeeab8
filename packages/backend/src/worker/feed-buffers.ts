import type { DType, TensorArray, TensorData } from '@q-anchor/graph';

import type { Tensors } from '../engine.js';

/** Feeds in one buffer, which is given away with them. */
interface PackedFeeds {
  /** The feeds; their arrays are views of the buffer. */
  readonly feeds: Tensors;
  /** The buffer. */
  readonly buffer: ArrayBuffer;
}

/** Buffers that feeds travel in to another thread, and come back in to be used again. */
export interface FeedBuffers {
  /** Copies of feeds, in a buffer that came back or a new one. */
  packed(feeds: Tensors): PackedFeeds;
  /** Takes a buffer back. */
  giveBack(buffer: ArrayBuffer): void;
}

const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

type ArrayClass = new (buffer: ArrayBuffer, byteOffset: number, length: number) => TensorArray;
const arrayClasses: Readonly<Record<DType, ArrayClass>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/**
 * No buffers yet. Fresh memory is slow: each of its pages is made at the first write, which takes many
 * times as long as the copy.
 *
 * @param options - bytes of buffers at most that are kept while nobody uses them
 */
export function createFeedBuffers({ maxBytes }: { readonly maxBytes: number }): FeedBuffers {
  let free: ArrayBuffer[] = [];
  let freeBytes = 0;
  const taken = (bytes: number): ArrayBuffer => {
    // The smallest that is large enough, but not one that a single small run would hold.
    const fitting = free.filter(({ byteLength }) => byteLength >= bytes);
    const best = fitting.reduce<ArrayBuffer | undefined>(
      (least, one) => (least && least.byteLength <= one.byteLength ? least : one),
      undefined,
    );
    if (!best || best.byteLength > 4 * bytes + 2 ** 16) {
      // Some room to spare, so that runs of nearly equal size share one.
      return new ArrayBuffer(aligned(bytes + bytes / 8));
    }
    free = free.filter((one) => one !== best);
    freeBytes -= best.byteLength;
    return best;
  };
  return {
    packed(tensors) {
      const sizes = Object.values(tensors).map(({ data }) => aligned(data.byteLength));
      const buffer = taken(sizes.reduce((sum, size) => sum + size, alignment));
      let at = 0;
      const copyOf = ({ dtype, shape, data }: TensorData): TensorData => {
        const copy = new arrayClasses[dtype](buffer, at, data.length);
        (copy as Uint8Array).set(data as Uint8Array);
        at += aligned(data.byteLength);
        return { dtype, shape: [...shape], data: copy };
      };
      const feeds = Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => [name, copyOf(tensor)]),
      );
      return { feeds, buffer };
    },
    giveBack(buffer) {
      free.push(buffer);
      freeBytes += buffer.byteLength;
      // The oldest go: the sizes of runs change.
      while (freeBytes > maxBytes) freeBytes -= free.shift()!.byteLength;
    },
  };
}
