import { InputError } from '@q-anchor/core';

/**
 * How rare classes are kept from being passed over: `batch` draws as many users of each class,
 * `weights` draws users as they come and weighs each class alike, `none` does neither.
 */
export type ClassBalance = 'batch' | 'weights' | 'none';

/** Settings that every way of tuning has. */
export interface TuningSettings {
  /** Prototypes of each class. */
  readonly prototypesPerClass: number;
  /** Divides the cosines. */
  readonly temperature: number;
  /** Steps at most. */
  readonly steps: number;
  /** Users a step. */
  readonly batchUsers: number;
  /** Highest learning rate. */
  readonly peakRate: number;
  /** Steps of the linear rise to it. */
  readonly warmupSteps: number;
  /** What is done for rare classes. */
  readonly balance: ClassBalance;
  /** Steps between looks at the validation users. */
  readonly evaluationSteps: number;
  /** Looks without a lower loss after which tuning stops. */
  readonly patience: number;
  /** Seed of start values and batches. */
  readonly seed: number;
}

/** Settings of prompt tuning. */
export interface PromptTuningSettings extends TuningSettings {
  /** Soft prompt tokens. */
  readonly promptTokens: number;
}

/** The paper's 6 tokens, 500 steps; the temperature of pre-training; the rest is ours. */
export const defaultPromptTuning: PromptTuningSettings = {
  promptTokens: 6,
  prototypesPerClass: 1,
  temperature: 0.07,
  steps: 500,
  batchUsers: 64,
  peakRate: 5e-3,
  warmupSteps: 25,
  balance: 'batch',
  evaluationSteps: 25,
  patience: 6,
  seed: 1,
};

const counts = [
  'prototypesPerClass',
  'steps',
  'batchUsers',
  'evaluationSteps',
  'patience',
] as const satisfies readonly (keyof TuningSettings)[];

const refusal =
  (settings: object, what: string) =>
  (key: string, expected: string): InputError => {
    const found = `${(settings as Readonly<Record<string, unknown>>)[key] as number}`;
    return new InputError({ where: `${what}, ${key}`, expected, found });
  };

/**
 * Checks settings that every way of tuning has.
 *
 * @param settings - the settings
 * @param what - which way, for errors
 * @throws {@link @q-anchor/core#InputError} naming the one that is out of range
 */
export function checkTuning(settings: TuningSettings, what: string): void {
  const refuse = refusal(settings, what);
  for (const key of counts) {
    const value = settings[key];
    if (!Number.isSafeInteger(value) || value < 1) throw refuse(key, 'a positive integer');
  }
  for (const key of ['temperature', 'peakRate'] as const) {
    if (!(Number.isFinite(settings[key]) && settings[key] > 0)) {
      throw refuse(key, 'a positive number');
    }
  }
}

/**
 * Checks settings of prompt tuning.
 *
 * @throws {@link @q-anchor/core#InputError} naming the one that is out of range
 */
export function checkPromptTuning(settings: PromptTuningSettings): void {
  const { promptTokens } = settings;
  if (!Number.isSafeInteger(promptTokens) || promptTokens < 1) {
    throw refusal(settings, 'prompt tuning')('promptTokens', 'a positive integer');
  }
  checkTuning(settings, 'prompt tuning');
}
