import { InputError } from '@q-anchor/core';
import { openModel, type LoadedModel, type WeightPrecision } from '@q-anchor/dual-tower';
import {
  modelIdentity,
  requireScenarioAgreement,
  saveScenario,
  type LoadedScenario,
  type ScenarioAgreement,
  type TunedScenario,
} from '@q-anchor/prompt-tuning';

import type { Log } from '../display/log.js';

/** What artefacts are carried over by. */
export interface CarryOptions {
  /** The artefacts of the model that was exported. */
  readonly artefacts: ReadonlyMap<string, LoadedScenario>;
  /** How near the copy is, by scenario; absent where nobody looked. */
  readonly agreements: ReadonlyMap<string, ScenarioAgreement> | undefined;
  /** Precision of the copy's weights. */
  readonly weights: WeightPrecision;
  /** Whether to carry what is too far off, or was not measured. */
  readonly force: boolean;
  readonly log: Log;
}

/**
 * Writes a model's artefacts beside a copy of it, as ones of the copy: what they were measured to do
 * with it, and which model they were for, stands in them. A copy with the same digest gets them as
 * they are.
 *
 * @param model - the model that they are for
 * @param copy - the copy's directory
 * @throws {@link @q-anchor/core#InputError} if the copy is too far off for a scenario or was not
 * compared, and it is not forced
 */
export async function carryScenarios(
  model: LoadedModel,
  copy: string,
  options: CarryOptions,
): Promise<void> {
  const { artefacts, agreements, weights, force, log } = options;
  const from = modelIdentity(model);
  const to = modelIdentity(await openModel(copy));
  for (const [scenario, { digest: _, ...artefact }] of artefacts) {
    let carried: TunedScenario = artefact;
    if (to.digest !== from.digest) {
      const agreement = agreements?.get(scenario) ?? null;
      try {
        if (!agreement) throw unmeasured(scenario);
        requireScenarioAgreement(agreement, { scenario, weights });
      } catch (error) {
        if (!force || !InputError.isInstance(error)) throw error;
        log.warn(error.message);
      }
      carried = {
        ...artefact,
        model: to,
        carried: [...artefact.carried, { from, weights, agreement }],
      };
    }
    await saveScenario(copy, carried);
  }
}

const unmeasured = (scenario: string): InputError =>
  new InputError({
    where: '--data',
    expected: `a dataset to compare the scores of scenario ${scenario} on: the exported model is another`,
    found: 'none',
    fix: 'Give one, or --no-scenarios to leave artefacts behind, or --force to go without',
  });
