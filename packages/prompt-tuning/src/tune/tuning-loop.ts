import { warmupCosineRate } from '@q-anchor/graph';

import { classBatches, type ClassBatch } from './class-batches.js';
import type { TuningSettings } from './settings.js';
import type { PromptTuningProgress } from './tune-prompt.js';
import type { StepClasses, StepSchedule, TuningStepReport } from './tuning-step-program.js';

/** What {@link tuningLoop} made. */
export interface LoopResult<Tuned> {
  /** What was tuned, of the best step. */
  readonly tuned: Tuned;
  /** Steps done. */
  readonly steps: number;
  /** The step that was kept; 0 is the start. */
  readonly bestStep: number;
  /** Validation losses by step, the start first; none without validation users. */
  readonly validationLosses: readonly { readonly step: number; readonly loss: number }[];
}

/**
 * The learning rate by step.
 *
 * @throws {@link @q-anchor/core#InputError} if the schedule's numbers don't go together
 */
export function rateBySteps({
  steps,
  warmupSteps,
  peakRate: peak,
}: TuningSettings): (step: number) => number {
  const rateOf = (step: number): number =>
    warmupCosineRate(step, { warmupSteps, totalSteps: steps, peak });
  rateOf(0); // its own check, before anything is compiled
  return rateOf;
}

/**
 * Steps on batches by class, until the steps are done or the validation loss has not fallen for
 * `patience` looks; the best look is kept. Every draw depends on the seed and the step's number.
 *
 * @param options - settings, class of each user, how to step on some of them, how to read what is tuned,
 * and its loss of the validation users, if there are any
 * @throws the signal's reason if it is aborted
 */
export async function tuningLoop<Tuned>(options: {
  readonly settings: TuningSettings;
  readonly labels: readonly number[];
  readonly classes: number;
  readonly step: (
    users: Pick<ClassBatch, 'indices'> & StepClasses,
    schedule: StepSchedule,
  ) => Promise<TuningStepReport>;
  readonly read: () => Promise<Tuned>;
  readonly validationLoss?: ((tuned: Tuned) => Promise<number>) | undefined;
  readonly onProgress?: ((progress: PromptTuningProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<LoopResult<Tuned>> {
  const { settings, labels, classes, read, signal } = options;
  const { steps } = settings;
  const rateOf = rateBySteps(settings);
  const validationLosses: { readonly step: number; readonly loss: number }[] = [];
  const look = async (step: number, tuned: Tuned): Promise<number | undefined> => {
    const loss = await options.validationLoss?.(tuned);
    if (loss !== undefined) validationLosses.push({ step, loss });
    return loss;
  };
  let best = { step: 0, tuned: await read(), loss: Infinity, looksSince: 0 };
  best = { ...best, loss: (await look(0, best.tuned)) ?? Infinity };
  const batches = classBatches(labels, { classes, ...settings });
  let step = 0;
  while (step < steps && best.looksSince < settings.patience) {
    signal?.throwIfAborted();
    const { indices, weights } = batches(step);
    const report = await options.step(
      { indices, labels: indices.map((index) => labels[index]!), weights },
      { learningRate: rateOf(step), step: step + 1 },
    );
    step++;
    let loss: number | undefined;
    if (step % settings.evaluationSteps === 0 || step === steps) {
      const tuned = await read();
      loss = await look(step, tuned);
      const isBest = loss === undefined || loss < best.loss;
      best = isBest
        ? { step, tuned, loss: loss ?? Infinity, looksSince: 0 }
        : { ...best, looksSince: best.looksSince + 1 };
    }
    options.onProgress?.({
      ...report,
      step,
      steps,
      ...(loss !== undefined && { validationLoss: loss }),
    });
  }
  return { tuned: best.tuned, steps: step, bestStep: best.step, validationLosses };
}
