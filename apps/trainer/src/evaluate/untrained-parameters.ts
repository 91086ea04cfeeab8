import type { Tensors } from '@q-anchor/backend';
import { frozenParameters, initialDualTower, type OpenedModel } from '@q-anchor/dual-tower';

import { loadRun } from '../run/open-run.js';

/**
 * The parameters that a run's training started from: drawn again from its seed, beside those that
 * training left as they were.
 *
 * @returns nothing where a backbone was trained whole: its own values are no longer there
 */
export async function untrainedParameters(
  { config, baseModel }: Pick<OpenedModel, 'config' | 'baseModel'>,
  { run, seed }: { readonly run: string; readonly seed: number },
): Promise<Tensors | undefined> {
  if (baseModel !== undefined && !config.lora) return undefined;
  const frozen = frozenParameters(config);
  if (frozen.length === 0) return initialDualTower(config, seed);
  const { parameters } = (await loadRun(run)).model;
  const given = Object.fromEntries(frozen.map((name) => [name, parameters[name]!]));
  return initialDualTower(config, seed, { given });
}
