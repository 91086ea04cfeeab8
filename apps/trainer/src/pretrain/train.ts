import type { Engine, Tensors } from '@q-anchor/backend';
import {
  dualTowerParameters,
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
  const start = await startOf(options);
  using metrics = await openMetricsLog(runDir, { firstStep: start.step });
  const parts = { ...model, examples: examples.validation, settings, initial: start.state };
  await using validation = await createValidation(engine, parts);
  const validate = async ({ step, state }: TrainingCheckpoint): Promise<void> => {
    if (!validation) return;
    const losses = await validation.losses(state);
    metrics.validation(step, losses);
    options.onValidation(step, losses);
  };
  const result = await pretrain({
    engine,
    config: model.config,
    collate: model.collate,
    initial: start.state,
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
      config: model.config,
      parameters: parametersOf(result.state, model),
      collate: model.collate,
    });
  }
  return { step: result.step, isComplete: result.isComplete };
}

async function startOf(options: TrainRunOptions): Promise<TrainingCheckpoint> {
  const { runDir, model, settings, isResumed } = options;
  const found = isResumed ? await loadLatestCheckpoint(runDir) : undefined;
  return found ?? { step: 0, state: initialDualTower(model.config, settings.seed) };
}

const parametersOf = (state: Tensors, { config }: PreparedModel): Tensors =>
  Object.fromEntries(Object.keys(dualTowerParameters(config)).map((name) => [name, state[name]!]));

/** A run that has diverged is stopped before it writes a checkpoint of it. */
function requireFinite({ step, loss, gradientNorm }: PretrainProgress): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  throw new Error(
    `Training diverged at step ${step}: loss ${loss}, gradient norm ${gradientNorm}. ` +
      'Lower --rate, raise --warmup, or lower --clip',
  );
}
