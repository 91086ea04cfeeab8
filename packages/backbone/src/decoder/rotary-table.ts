import { arrayFrom, type FloatDType, type Graph, type RotaryTable } from '@q-anchor/graph';

/**
 * Cosines and sines of the rotary angles `position * base^(-2i/size)`.
 *
 * In float32 they are rounded at the steps where PyTorch rounds, so that checkpoints give the same
 * hidden states; in float64 they are as exact as that type.
 *
 * @param graph - the graph the constants go to
 * @param options - `positions` and head `size` of the table, `base` of the angles, element type
 * @returns two tables `[positions, size/2]`
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
  const rounded = dtype === 'float32' ? Math.fround : (value: number): number => value;
  const half = size / 2;
  const cosines = new Float64Array(positions * half);
  const sines = new Float64Array(positions * half);
  for (let i = 0; i < half; i++) {
    const frequency = rounded(1 / rounded(base ** rounded((2 * i) / size)));
    for (let position = 0; position < positions; position++) {
      const angle = rounded(position * frequency);
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
