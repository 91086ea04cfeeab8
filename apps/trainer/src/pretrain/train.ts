import type { Engine, Tensors, Weights } from '@q-anchor/backend';
import {
  baseDigest,
  frozenParameters,
  initialDualTower,
  loadLatestCheckpoint,
  pretrain,
  saveCheckpoint,
  saveModel,
  type PretrainProgress,
  type PretrainSettings,
  type TrainingCheckpoint,
} from '@q-anchor/dual-tower';

import { storeSource } from '../data/example-store.js';
import type { Examples } from '../data/read-examples.js';
import { runModelDir } from '../run/run-directory.js';
import { openMetricsLog } from './metrics-log.js';
import type { PreparedModel } from './prepare.js';
import { createValidation, type ValidationLosses } from './validation.js';

/** What {@link trainRun} is given. */
export interface TrainRunOptions {
  readonly runDir: string;
  readonly model: PreparedModel;
  readonly examples: Examples;
  readonly settings: PretrainSettings;
  /** Go on from the newest checkpoint, if there is one. */
  readonly isResumed: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PretrainProgress) => void;
  readonly onValidation: (step: number, losses: ValidationLosses) => void;
}

/** Where a run ended. */
export interface TrainedRun {
  readonly step: number;
  readonly isComplete: boolean;
}

/**
 * Trains a run: logs every step, keeps checkpoints with validation losses, saves the model at the
 * end. Stopped by the signal it saves a checkpoint instead; a resumed run equals one not stopped.
 */
export async function trainRun(engine: Engine, options: TrainRunOptions): Promise<TrainedRun> {
  const { runDir, model, examples, settings, signal } = options;
  const { config, collate, baseModel, endIds } = model;
  const start = await startOf(options);
  using metrics = await openMetricsLog(runDir, { firstStep: start.step });
  const parts = { config, collate, examples: examples.validation, settings };
  await using validation = await createValidation(engine, { ...parts, initial: start.parameters });
  const validate = async ({ step, state }: TrainingCheckpoint): Promise<void> => {
    if (!validation) return;
    const losses = await validation.losses(state);
    metrics.validation(step, losses);
    options.onValidation(step, losses);
  };
  const result = await pretrain({
    engine,
    config,
    collate,
    initial: start.parameters,
    firstStep: start.step,
    source: storeSource(examples.train),
    settings,
    signal,
    onProgress: (progress) => {
      requireFinite(progress);
      metrics.step(progress);
      options.onProgress(progress);
    },
    onCheckpoint: async (checkpoint) => {
      await saveCheckpoint(runDir, checkpoint);
      await validate(checkpoint);
    },
  });
  await saveCheckpoint(runDir, result);
  if (result.isComplete) {
    await validate(result);
    await saveModel(runModelDir(runDir), {
      config,
      collate,
      parameters: { ...(await frozenValues(model)), ...result.state },
      ...(baseModel !== undefined && { baseModel }),
      ...(endIds && { endIds }),
    });
  }
  return { step: result.step, isComplete: result.isComplete };
}

/** All parameters, with moments when going on from a checkpoint, and the steps done. */
async function startOf({
  runDir,
  model: { config, given },
  settings: { seed },
  isResumed,
  signal,
}: TrainRunOptions): Promise<{ readonly step: number; readonly parameters: Weights }> {
  const names = frozenParameters(config);
  if (isResumed && names.length === 0) {
    const found = await loadLatestCheckpoint(runDir);
    if (found) return { step: found.step, parameters: found.state };
  }
  const parameters = initialDualTower(config, seed, { given: (await given?.({ signal })) ?? {} });
  const base = await baseDigest(config, parameters);
  const found = isResumed ? await loadLatestCheckpoint(runDir, { base }) : undefined;
  if (!found) return { step: 0, parameters };
  const frozen = names.map((name) => [name, parameters[name]!] as const);
  return { step: found.step, parameters: { ...Object.fromEntries(frozen), ...found.state } };
}

/** What training left as it was, in memory; read again, so that it isn't held all the time. */
async function frozenValues({ config, loaded }: PreparedModel): Promise<Tensors> {
  const names = frozenParameters(config);
  if (names.length === 0) return {};
  const values = (await loaded?.()) ?? {};
  return Object.fromEntries(names.map((name) => [name, values[name]!]));
}

/** A run that has diverged is stopped before it writes a checkpoint of it. */
function requireFinite({ step, loss, gradientNorm }: PretrainProgress): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  throw new Error(
    `Training diverged at step ${step}: loss ${loss}, gradient norm ${gradientNorm}. ` +
      'Lower --rate, raise --warmup, or lower --clip',
  );
}
