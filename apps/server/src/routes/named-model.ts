import { ApiError } from '../app/api-error.js';
import type { ServedModel } from '../model/served-model.js';

/** Between the name of the model and that of a scenario. */
const separator = ':';

/** What requests call the model asked with a scenario's prompts or adapters. */
export const scenarioModel = (name: string, scenario: string): string =>
  `${name}${separator}${scenario}`;

/**
 * The scenario of a model's name, undefined for the model as it is.
 *
 * @param asked - `MODEL` or `MODEL:SCENARIO`
 * @param options - what the model is called, and its scenarios
 * @throws {@link ApiError} 404 for another model, or a scenario that there is not
 */
export function modelNamed(
  asked: string,
  { name, model }: { readonly name: string; readonly model: Pick<ServedModel, 'scenarios'> },
): { readonly scenario: string | undefined } {
  if (asked === name) return { scenario: undefined };
  const known = model.scenarios.find(({ scenario }) => asked === scenarioModel(name, scenario));
  if (known) return { scenario: known.scenario };
  throw new ApiError({
    status: 404,
    code: 'model_not_found',
    message: `model: expected one that /v1/models lists, found "${asked}"`,
    param: 'model',
  });
}
