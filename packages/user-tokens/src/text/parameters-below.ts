import type { ParameterLookup } from '@q-anchor/backbone';

/**
 * A model's parameters as a part of it names them: what it asks for is looked up behind a prefix.
 *
 * @param parameters - the model's
 * @param prefix - of the part's names
 */
export function parametersBelow(parameters: ParameterLookup, prefix: string): ParameterLookup {
  const { has, quantised } = parameters;
  return Object.assign((name: string) => parameters(prefix + name), {
    ...(has && { has: (name: string) => has(prefix + name) }),
    ...(quantised && { quantised: (name: string) => quantised(prefix + name) }),
  });
}
