import { tensorsOf, withFormats, type ParameterSpecs } from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { InputError, ShapeError } from '@q-anchor/core';

/**
 * The parameters a file holds, out of all; those that are quantised as their parts.
 *
 * @throws {@link @q-anchor/core#InputError} if one is missing
 * @throws {@link @q-anchor/core#ShapeError} if one has another shape
 */
export function chosenParameters(
  parameters: Tensors,
  { specs, where }: { readonly specs: ParameterSpecs; readonly where: string },
): Tensors {
  return Object.fromEntries(
    Object.entries(tensorsOf(withFormats(specs, parameters))).map(([name, { shape }]) => {
      const tensor = parameters[name];
      if (!tensor) {
        throw new InputError({
          where: `${where}: parameter ${name}`,
          expected: `a tensor [${shape.join(', ')}]`,
          found: 'none',
        });
      }
      if (tensor.shape.join() !== shape.join()) {
        throw new ShapeError(`${where}: parameter ${name}`, shape, tensor.shape);
      }
      return [name, tensor];
    }),
  );
}
