import { loadScenario, tunedScenarios, type LoadedScenario } from '@q-anchor/prompt-tuning';

import type { OpenedRun } from '../run/open-run.js';

/**
 * The artefacts that a model directory has of scenarios, by name; those without one are left out.
 *
 * @throws {@link @q-anchor/core#InputError} if one is broken, or not of this model
 */
export async function scenarioArtefacts(
  {
    model,
    directory,
  }: Pick<OpenedRun<Parameters<typeof loadScenario>[1]['model']>, 'model' | 'directory'>,
  names: readonly string[],
): Promise<ReadonlyMap<string, LoadedScenario>> {
  const tuned = await tunedScenarios(directory);
  const artefacts = new Map<string, LoadedScenario>();
  for (const scenario of new Set(names)) {
    if (!tuned.includes(scenario)) continue;
    artefacts.set(scenario, await loadScenario(directory, { scenario, model }));
  }
  return artefacts;
}
