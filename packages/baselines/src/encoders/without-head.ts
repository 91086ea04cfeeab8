import { headParameters } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';

import type { EncoderModel } from './events-only.js';

/**
 * A model whose head gives out the hidden state itself:
 * `relu(x) - relu(-x) = x`, so hidden weights `[I; -I]` and output weights `[I, -I]`.
 */
export function withoutHead({ config, parameters, collate }: EncoderModel): EncoderModel {
  const { width } = config.decoder;
  const own = { ...config, head: { hidden: 2 * width, output: width } };
  const head = Object.entries(headParameters(own)).map(([name, { shape }]) => {
    const [rows, columns = 0] = shape;
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (columns > 0) {
      for (let i = 0; i < width; i++) {
        data[i * columns + i] = 1;
        if (rows === width) data[i * columns + width + i] = -1;
        else data[(width + i) * columns + i] = -1;
      }
    }
    return [name, { dtype: 'float32', shape, data } satisfies TensorData] as const;
  });
  return { config: own, parameters: { ...parameters, ...Object.fromEntries(head) }, collate };
}
