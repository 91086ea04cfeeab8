import { InputError, ShapeError } from '@q-anchor/core';

import type { ParameterSpec, ParameterSpecs } from '../decoder/parameters.js';
import { checkMatrix, quantisedNames, quantisedShapes, type QuantisedFormat } from './format.js';

/** A tensor as far as its shape goes. */
interface Shaped {
  readonly shape: readonly number[];
}

/** The format of a parameter among tensors; nothing where it is plain or not there. */
function formatAmong(
  tensors: Readonly<Record<string, Shaped>>,
  { name, spec }: { readonly name: string; readonly spec: ParameterSpec },
): QuantisedFormat | undefined {
  for (const bits of [4, 8] as const) {
    const names = quantisedNames(name, { bits });
    const packed = tensors[names.packed];
    if (!packed) continue;
    const blockSize = ((packed.shape[2] ?? 0) * 8) / bits;
    if (blockSize !== 32 && blockSize !== 64 && blockSize !== 128) {
      throw new InputError({
        where: `parameter '${names.packed}'`,
        expected: 'blocks of 32, 64 or 128 numbers',
        found: `[${packed.shape.join(', ')}]`,
      });
    }
    const format = { bits, blockSize, isSymmetric: !tensors[names.zeros] } as const;
    const shapes = quantisedShapes(checkMatrix(name, spec.shape), format);
    for (const part of ['packed', 'scales', 'zeros'] as const) {
      const tensor = tensors[names[part]];
      if (part === 'zeros' && !tensor) continue;
      if (tensor?.shape.join() !== shapes[part].join()) {
        throw new ShapeError(`parameter '${names[part]}'`, shapes[part], tensor?.shape ?? []);
      }
    }
    return format;
  }
  return undefined;
}

/**
 * A model's parameters with the formats they have among tensors: a parameter may be there under its
 * name, or quantised under those of {@link quantisedNames}.
 *
 * @param specs - the model's
 * @param tensors - by name; others may be among them
 * @throws {@link InputError} and {@link ShapeError} if the parts of a quantised parameter do not fit it
 */
export function withFormats(
  specs: ParameterSpecs,
  tensors: Readonly<Record<string, Shaped>>,
): ParameterSpecs {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const quantised = formatAmong(tensors, { name, spec });
      return [name, quantised ? { ...spec, quantised } : spec];
    }),
  );
}

/** A tensor of a file or a graph. */
export interface StoredSpec {
  /** Sizes. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: 'float32' | 'uint8';
}

/**
 * The tensors that hold parameters: one each, or the parts of a quantised one.
 *
 * @param specs - parameters, with formats where they are quantised
 */
export function tensorsOf(specs: ParameterSpecs): Readonly<Record<string, StoredSpec>> {
  const tensors: Record<string, StoredSpec> = {};
  for (const [name, { shape, quantised }] of Object.entries(specs)) {
    if (!quantised) {
      tensors[name] = { shape, dtype: 'float32' };
      continue;
    }
    const names = quantisedNames(name, quantised);
    const shapes = quantisedShapes(checkMatrix(name, shape), quantised);
    tensors[names.packed] = { shape: shapes.packed, dtype: 'uint8' };
    tensors[names.scales] = { shape: shapes.scales, dtype: 'float32' };
    if (!quantised.isSymmetric) tensors[names.zeros] = { shape: shapes.zeros, dtype: 'uint8' };
  }
  return tensors;
}
