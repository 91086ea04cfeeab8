import type { Adapters } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import type { ServedModel } from '@q-anchor/dual-tower';

/**
 * A model whose decoder has a scenario's adapters; nothing is copied. It reads prefixes otherwise than
 * the model does: no prefix of one serves the other.
 *
 * @param model - the model they were tuned on
 * @param adapters - the adapters
 * @throws {@link InputError} if it has adapters of its own
 */
export function adaptedModel(
  model: ServedModel,
  { lora, adapters }: Pick<Adapters, 'lora'> & Partial<Pick<Adapters, 'adapters'>>,
): ServedModel {
  requireNoAdapters(model);
  const { config, parameters } = model;
  return { ...model, config: { ...config, lora }, parameters: { ...parameters, ...adapters } };
}

/** A projection can have one adapter. */
function requireNoAdapters({ config }: Pick<ServedModel, 'config'>): void {
  if (!config.lora) return;
  throw new InputError({
    where: 'adapters of a scenario',
    expected: 'a model whose decoder has none of its own',
    found: `adapters of rank ${config.lora.rank}`,
    fix: 'Merge them first, and tune on the result: q-anchor export RUN --merge --out MODEL',
  });
}
