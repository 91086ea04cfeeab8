import { InputError } from '@q-anchor/core';
import type { DatasetInfo } from '@q-anchor/useru';

import type { Hyperparameters } from '../presets/hyperparameters.js';
import { presets, type PresetName } from '../presets/presets.js';
import { readRunConfig, type RunConfig } from '../run/run-config.js';
import { checkOrigins, forOrigins, wholeOrigins, type Origins } from './origins.js';
import type { PretrainPlan } from './plan.js';
import type { PreparedModel } from './prepare.js';

/** What was asked for, or what a resumed run was made with. */
export interface RunRequest {
  readonly preset: string;
  readonly seed: number;
  readonly hyperparameters: Hyperparameters;
  /** The models it begins with. */
  readonly origins: Origins;
  /** The configuration of the run that is resumed. */
  readonly former?: RunConfig;
}

/**
 * Puts preset and options together. A resumed run keeps what it was made with; its backbone and text
 * encoder may have moved.
 *
 * @throws {@link @q-anchor/core#InputError} if a resumed run is to change, or options do not go together
 */
export async function runRequest(options: {
  readonly runDir: string;
  readonly isResumed: boolean;
  readonly preset?: PresetName;
  readonly seed?: number;
  readonly given: Partial<Hyperparameters>;
  readonly origins: Origins;
}): Promise<RunRequest> {
  const { runDir, isResumed, given } = options;
  const asked = wholeOrigins(options.origins);
  if (!isResumed) {
    const { seed = 1 } = options;
    const { preset = asked.backbone === undefined ? 'nano' : 'release' } = options;
    checkOrigins(asked, { ...given, preset: options.preset });
    const hyperparameters = forOrigins({ ...presets[preset], ...given }, asked);
    return { preset, seed, hyperparameters, origins: asked };
  }
  const former = await readRunConfig(runDir);
  const { preset, seed, hyperparameters } = former;
  const origins = { ...originsOf(former), ...asked };
  for (const name of ['backbone', 'textEncoder', 'textEncoderPooling'] as const) {
    const had = former[name];
    const hasChanged = (had === undefined) !== (origins[name] === undefined);
    const isMoved = name !== 'textEncoderPooling' && !hasChanged;
    if (isMoved || had === origins[name]) continue;
    throw changed(runDir, name, { had: had ?? 'none', found: origins[name] ?? 'none' });
  }
  const settings = {
    ...(options.preset !== undefined && { preset: options.preset }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...given,
  };
  const had: Readonly<Record<string, unknown>> = { preset, seed, ...hyperparameters };
  for (const [name, value] of Object.entries(settings)) {
    if (had[name] !== value) throw changed(runDir, name, { had: had[name], found: value });
  }
  return { preset, seed, hyperparameters, origins, former };
}

const originsOf = ({ backbone, textEncoder, textEncoderPooling }: RunConfig): Origins => ({
  ...(backbone !== undefined && { backbone }),
  ...(textEncoder !== undefined && { textEncoder }),
  ...(textEncoderPooling !== undefined && { textEncoderPooling }),
});

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
  { preset, seed, hyperparameters, origins }: RunRequest,
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
    ...origins,
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
