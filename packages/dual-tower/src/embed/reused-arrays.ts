import { arrayOf, type DType, type TensorArray } from '@q-anchor/graph';

/** Where arrays for a batch come from. */
export interface BatchArrays {
  /**
   * An array of what an earlier one held.
   *
   * @param slot - which of a batch's arrays it is
   */
  take(slot: string, dtype: DType, length: number): TensorArray;
}

/** New arrays, of zeros. */
export const newArrays: BatchArrays = {
  take: (_, dtype, length) => arrayOf(dtype, length),
};

/**
 * Arrays that are used again for the next batch, which then overwrites the one before: fresh memory takes
 * longer to come by than to fill, and much of it keeps the garbage collector busy.
 */
export function createReusedArrays(): BatchArrays {
  const arrays = new Map<string, { readonly dtype: DType; readonly data: TensorArray }>();
  return {
    take(slot, dtype, length) {
      const former = arrays.get(slot);
      if (former && former.dtype === dtype && former.data.length >= length) {
        return former.data.subarray(0, length);
      }
      // Some room to spare: batches are of nearly equal size.
      const data = arrayOf(dtype, Math.ceil(length * 1.25));
      arrays.set(slot, { dtype, data });
      return data.subarray(0, length);
    },
  };
}
