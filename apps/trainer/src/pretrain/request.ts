import { InputError } from '@q-anchor/core';
import type { DatasetInfo } from '@q-anchor/useru';

import type { Hyperparameters } from '../presets/hyperparameters.js';
import { presets, type PresetName } from '../presets/presets.js';
import { readRunConfig, type RunConfig } from '../run/run-config.js';
import type { PretrainPlan } from './plan.js';
import type { PreparedModel } from './prepare.js';

/** What was asked for, or what a resumed run was made with. */
export interface RunRequest {
  readonly preset: string;
  readonly seed: number;
  readonly hyperparameters: Hyperparameters;
  /** The configuration of the run that is resumed. */
  readonly former?: RunConfig;
}

/**
 * Puts preset and options together. A resumed run keeps what it was made with.
 *
 * @throws {@link @q-anchor/core#InputError} if a resumed run is to change
 */
export async function runRequest(options: {
  readonly runDir: string;
  readonly isResumed: boolean;
  readonly preset?: PresetName;
  readonly seed?: number;
  readonly given: Partial<Hyperparameters>;
}): Promise<RunRequest> {
  const { runDir, isResumed, given } = options;
  if (!isResumed) {
    const { preset = 'nano', seed = 1 } = options;
    return { preset, seed, hyperparameters: { ...presets[preset], ...given } };
  }
  const former = await readRunConfig(runDir);
  const { preset, seed, hyperparameters } = former;
  const asked = {
    ...(options.preset !== undefined && { preset: options.preset }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...given,
  };
  const had: Readonly<Record<string, unknown>> = { preset, seed, ...hyperparameters };
  for (const [name, value] of Object.entries(asked)) {
    if (had[name] !== value) throw changed(runDir, name, { had: had[name], found: value });
  }
  return { preset, seed, hyperparameters, former };
}

const changed = (
  runDir: string,
  name: string,
  { had, found }: { readonly had: unknown; readonly found: unknown },
): InputError =>
  new InputError({
    where: `${runDir}, ${name}`,
    expected: `${JSON.stringify(had)}, as when the run was started`,
    found: JSON.stringify(found),
    fix: 'Resume it as it was, or start another run',
  });

/** What a run's `config.json` records. */
export function runConfigOf(
  { preset, seed, hyperparameters }: RunRequest,
  parts: {
    readonly info: DatasetInfo;
    readonly model: PreparedModel;
    readonly plan: PretrainPlan;
  },
): RunConfig {
  const { info, model, plan } = parts;
  return {
    preset,
    seed,
    hyperparameters,
    dataset: { name: info.name, digest: info.digest },
    trainUsers: plan.trainUsers,
    trainPairs: plan.trainPairs,
    tokenizer: model.collate.tokenizer.digest,
    parameters: plan.parameters,
  };
}

/** What must not differ when a run is resumed. */
const facts = ({ dataset, trainUsers, trainPairs, tokenizer, parameters }: RunConfig) =>
  ({ dataset: dataset.digest, trainUsers, trainPairs, tokenizer, parameters }) as const;

/**
 * Sees that a resumed run goes on with the very data it began with.
 *
 * @throws {@link @q-anchor/core#InputError} naming what differs
 */
export function requireSameRun(
  runDir: string,
  { former, config }: { readonly former: RunConfig; readonly config: RunConfig },
): void {
  const now: Readonly<Record<string, unknown>> = facts(config);
  for (const [name, had] of Object.entries(facts(former))) {
    if (now[name] !== had) throw changed(runDir, name, { had, found: now[name] });
  }
}
