import { arrayFrom, type FloatDType, type Graph, type RotaryTable } from '@q-anchor/graph';

/**
 * Cosines and sines of the rotary angles `position * base^(-2i/size)`, rounded to float32 at the
 * steps where PyTorch rounds, so that checkpoints give the same hidden states.
 *
 * @param graph - the graph the constants go to
 * @param options - `positions` and head `size` of the table, `base` of the angles, element type
 */
export function rotaryTable(
  graph: Graph,
  options: {
    readonly positions: number;
    readonly size: number;
    readonly base: number;
    readonly dtype?: FloatDType;
  },
): RotaryTable {
  const { positions, size, base, dtype = 'float32' } = options;
  const half = size / 2;
  const cosines = new Float32Array(positions * half);
  const sines = new Float32Array(positions * half);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(1 / Math.fround(base ** ((2 * i) / size)));
    for (let position = 0; position < positions; position++) {
      const angle = Math.fround(position * frequency);
      cosines[position * half + i] = Math.cos(angle);
      sines[position * half + i] = Math.sin(angle);
    }
  }
  const shape = [positions, half];
  return {
    cosines: graph.constant({ dtype, shape, data: arrayFrom(dtype, cosines) }),
    sines: graph.constant({ dtype, shape, data: arrayFrom(dtype, sines) }),
  };
}
