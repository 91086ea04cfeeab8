import type { TensorArray, TensorData } from '@q-anchor/graph';

import type { Tensors } from '../engine.js';

/** A tensor with two buffers: one holds the value, the other receives the next one. */
interface Slot extends TensorData {
  data: TensorArray;
  next: TensorArray | undefined;
}

/** State in host memory. Updates are written into the spare buffers, then the two are swapped. */
export interface HostState {
  /** The current tensor, not copied. */
  current(name: string): TensorData;
  /** The spare buffer an update may be written to; allocated at the first use. */
  spare(name: string): TensorData;
  /** Makes the spare buffers of these tensors the current ones. */
  swap(names: readonly string[]): void;
  /** Makes these tensors the current ones; they are not copied. */
  replace(tensors: Tensors): void;
  /** Bytes of all buffers. */
  readonly bytes: number;
}

/** State from initial tensors, which are not copied. */
export function createHostState(initial: Tensors): HostState {
  const slots = new Map<string, Slot>(
    Object.entries(initial).map(([name, tensor]) => [name, { ...tensor, next: undefined }]),
  );
  return {
    current(name) {
      const { dtype, shape, data } = slots.get(name)!;
      return { dtype, shape, data };
    },
    spare(name) {
      const slot = slots.get(name)!;
      slot.next ??= slot.data.slice();
      return { dtype: slot.dtype, shape: slot.shape, data: slot.next };
    },
    swap(names) {
      for (const name of names) {
        const slot = slots.get(name)!;
        if (slot.next) [slot.data, slot.next] = [slot.next, slot.data];
      }
    },
    replace(tensors) {
      for (const [name, { data }] of Object.entries(tensors)) slots.get(name)!.data = data;
    },
    get bytes() {
      let sum = 0;
      for (const { data, next } of slots.values()) {
        sum += data.byteLength + (next?.byteLength ?? 0);
      }
      return sum;
    },
  };
}
