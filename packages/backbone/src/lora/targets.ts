import { InputError } from '@q-anchor/core';

import type { ParameterSpecs } from '../decoder/parameters.js';

/** Whether a target names a module: the whole name, or its end at a dot, as PEFT reads them. */
const isNamedBy = (module: string, target: string): boolean =>
  module === target || module.endsWith(`.${target}`);

/** Whether a projection is adapted. */
export const isLoraTarget = (
  module: string,
  { targets }: { readonly targets: readonly string[] },
): boolean => targets.some((target) => isNamedBy(module, target));

/** A projection that adapters can go on. */
export interface Projection {
  /** Its name, without `.weight`. */
  readonly name: string;
  /** `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
}

/**
 * The projections of a model. The output layer is none: it is multiplied at chosen positions only,
 * as the table of the loss, and has no adapter.
 */
export function projectionsOf(specs: ParameterSpecs): readonly Projection[] {
  return Object.entries(specs).flatMap(([name, { shape, kind }]) =>
    /^(?!lm_head\.).*\.weight$/.test(name) && kind.endsWith('matrix') && shape.length === 2
      ? [{ name: name.slice(0, -'.weight'.length), shape: [shape[0]!, shape[1]!] as const }]
      : [],
  );
}

/**
 * The projections that targets name.
 *
 * @throws {@link InputError} if one names none
 */
export function targetedProjections(
  specs: ParameterSpecs,
  targets: readonly string[],
): readonly Projection[] {
  const projections = projectionsOf(specs);
  const unknown = targets.find(
    (target) => !projections.some(({ name }) => isNamedBy(name, target)),
  );
  if (unknown !== undefined) {
    const known = [
      ...new Set(projections.map(({ name }) => name.slice(name.lastIndexOf('.') + 1))),
    ];
    throw new InputError({
      where: 'LoRA targets',
      expected: `projections of the layers (${known.join(', ')})`,
      found: `'${unknown}'`,
    });
  }
  return projections.filter(({ name }) => isLoraTarget(name, { targets }));
}
