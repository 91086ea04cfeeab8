import { arrayFrom, type DType, type TensorData } from '@q-anchor/graph';

/** Numbers as a tensor; one dimension by default. */
export const tensor = (
  values: readonly number[],
  {
    shape = [values.length],
    dtype = 'float32',
  }: { readonly shape?: readonly number[]; readonly dtype?: DType } = {},
): TensorData => ({ dtype, shape, data: arrayFrom(dtype, values) });

/** A float tensor of equal elements. */
export const filled = (value: number, shape: readonly number[]): TensorData => {
  const elements = shape.reduce((product, size) => product * size, 1);
  return { dtype: 'float32', shape, data: new Float32Array(elements).fill(value) };
};

/** A tensor's elements as numbers. */
export const numbers = ({ data }: TensorData): number[] => Array.from(data, Number);

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise did not reject.');
}
