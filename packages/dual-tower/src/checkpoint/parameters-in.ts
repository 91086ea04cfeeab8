import {
  openSafetensors,
  tensorsOf,
  withFormats,
  type ParameterSpecs,
  type SafetensorsDType,
  type TensorSource,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

/** How a tensor of a file becomes a parameter. */
export type TensorReader<T> = (source: TensorSource, name: string) => Promise<T>;

/** How tensors of a type may be stored. */
const storedAs: Readonly<Record<'float32' | 'uint8', readonly SafetensorsDType[]>> = {
  float32: ['F32', 'F16', 'BF16'],
  uint8: ['U8'],
};

/**
 * The parameters in a file, plain or quantised.
 *
 * @throws {@link @q-anchor/core#InputError} if a tensor is missing, extra, or of another shape or type
 */
export async function parametersIn<T>(
  path: string,
  { specs, reader }: { readonly specs: ParameterSpecs; readonly reader: TensorReader<T> },
): Promise<Record<string, T>> {
  await using source = await openSafetensors(path);
  const infos = Object.fromEntries(source.names.map((name) => [name, source.info(name)]));
  const tensors = tensorsOf(withFormats(specs, infos));
  const extra = source.names.find((name) => !(name in tensors));
  if (extra !== undefined) {
    throw new InputError({
      where: `${path}: tensor ${extra}`,
      expected: `only the model's ${Object.keys(tensors).length} tensors`,
      found: 'a tensor that is none of them',
    });
  }
  const parameters: Record<string, T> = {};
  for (const [name, { shape, dtype }] of Object.entries(tensors)) {
    const stored = source.info(name);
    const refuse = (expected: string, found: string): InputError =>
      new InputError({ where: `${path}: tensor ${name}`, expected, found });
    if (stored.shape.join() !== shape.join()) {
      throw refuse(`shape [${shape.join(', ')}]`, `[${stored.shape.join(', ')}]`);
    }
    if (!storedAs[dtype].includes(stored.dtype)) {
      throw refuse(storedAs[dtype].join(' or '), stored.dtype);
    }
    parameters[name] = await reader(source, name);
  }
  return parameters;
}
