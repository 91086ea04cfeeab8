import type { LoadedScenario } from '@q-anchor/prompt-tuning';

import { ApiError } from '../app/api-error.js';
import type { ServedModel } from '../model/served-model.js';

/**
 * A scenario by its name.
 *
 * @throws {@link ApiError} 404 if there is none of it
 */
export function knownScenario(
  { scenarios }: Pick<ServedModel, 'scenarios'>,
  name: string,
): LoadedScenario {
  const found = scenarios.find(({ scenario }) => scenario === name);
  if (found) return found;
  throw new ApiError({
    status: 404,
    code: 'scenario_not_found',
    message: `scenario: expected one that /v1/scenarios lists, found "${name}"`,
    param: 'scenario',
  });
}
