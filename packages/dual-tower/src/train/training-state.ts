import type { Weights } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { isStored, type TensorData } from '@q-anchor/graph';

/** Names of a parameter's companions in the state. */
export const companions = {
  moment1: (name: string): string => `${name}#moment1`,
  moment2: (name: string): string => `${name}#moment2`,
  gradient: (name: string): string => `${name}#gradient`,
} as const;

const zerosLike = ({ dtype, shape, data }: TensorData): TensorData => ({
  dtype,
  shape,
  data: new Float32Array(data.length),
});

/**
 * A state's start: the parameters that are trained, and their moments, zero unless given.
 *
 * @param initial - parameters, with moments when resuming; what is not trained is passed over
 * @param options - names of the trained parameters, and whether gradients are summed in the state
 * @throws {@link InputError} if a trained one is left in a file
 */
export function initialTrainingState(
  initial: Weights,
  options: { readonly trained: readonly string[]; readonly isAccumulating: boolean },
): Record<string, TensorData> {
  const state: Record<string, TensorData> = {};
  const inMemory = (name: string): TensorData | undefined => {
    const tensor = initial[name];
    if (!tensor || !isStored(tensor)) return tensor;
    throw new InputError({
      where: `start of parameter ${name}`,
      expected: 'values in memory, for a parameter that is trained',
      found: `a place in ${tensor.file.path}`,
    });
  };
  for (const name of options.trained) {
    const value = inMemory(name)!;
    const { moment1, moment2, gradient } = companions;
    state[name] = value;
    for (const moment of [moment1(name), moment2(name)]) {
      state[moment] = inMemory(moment) ?? zerosLike(value);
    }
    if (options.isAccumulating) {
      state[gradient(name)] = inMemory(gradient(name)) ?? zerosLike(value);
    }
  }
  return state;
}
