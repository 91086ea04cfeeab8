import type { Tensors } from '@q-anchor/backend';
import type { TensorData } from '@q-anchor/graph';

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
 */
export function initialTrainingState(
  initial: Tensors,
  options: { readonly trained: readonly string[]; readonly isAccumulating: boolean },
): Record<string, TensorData> {
  const state: Record<string, TensorData> = {};
  for (const name of options.trained) {
    const value = initial[name]!;
    const { moment1, moment2, gradient } = companions;
    state[name] = value;
    for (const moment of [moment1(name), moment2(name)]) {
      state[moment] = initial[moment] ?? zerosLike(value);
    }
    if (options.isAccumulating) {
      state[gradient(name)] = initial[gradient(name)] ?? zerosLike(value);
    }
  }
  return state;
}
