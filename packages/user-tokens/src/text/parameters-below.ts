import type { ParameterLookup } from '@q-anchor/backbone';

/**
 * A model's parameters as a part of it names them: what it asks for is looked up behind a prefix.
 *
 * @param parameters - the model's
 * @param prefix - of the part's names
 */
export const parametersBelow =
  (parameters: ParameterLookup, prefix: string): ParameterLookup =>
  (name) =>
    parameters(prefix + name);
