import { InputError } from '@q-anchor/core';
import type { LoraTuningSettings, PromptTuningSettings } from '@q-anchor/prompt-tuning';

/** What is tuned, and how. */
export type TuningMethod =
  | { readonly name: 'prompt'; readonly settings: Partial<PromptTuningSettings> }
  | { readonly name: 'lora'; readonly settings: Partial<LoraTuningSettings> };

/** Options of the command that say what is tuned, and how. */
export interface MethodOptions {
  readonly method: TuningMethod['name'];
  readonly tokens?: number;
  readonly rank?: number;
  readonly alpha?: number;
  readonly targets?: string;
  readonly prototypes: number;
  readonly steps: number;
  readonly batchUsers: number;
  readonly rate?: number;
  readonly balance: 'batch' | 'weights' | 'none';
  readonly seed: number;
}

/** Options that one method alone has. */
const ownOptions = { prompt: ['tokens'], lora: ['rank', 'alpha', 'targets'] } as const;

/**
 * The method that options ask for.
 *
 * @throws {@link InputError} if an option of another method is among them
 */
export function tuningMethod(options: MethodOptions): TuningMethod {
  const { method, tokens, rank, alpha, targets, rate, steps } = options;
  const other = method === 'prompt' ? 'lora' : 'prompt';
  for (const key of ownOptions[other]) {
    if (options[key] === undefined) continue;
    throw new InputError({
      where: `--${key}`,
      expected: `--method ${other}`,
      found: `--method ${method}`,
    });
  }
  const shared = {
    prototypesPerClass: options.prototypes,
    steps,
    batchUsers: options.batchUsers,
    ...(rate !== undefined && { peakRate: rate }),
    warmupSteps: Math.round(steps / 20),
    balance: options.balance,
    seed: options.seed,
  };
  if (method === 'prompt') {
    const settings = { ...shared, ...(tokens !== undefined && { promptTokens: tokens }) };
    return { name: method, settings };
  }
  const settings = {
    ...shared,
    ...(rank !== undefined && { rank, alpha: alpha ?? 2 * rank }),
    ...(alpha !== undefined && { alpha }),
    ...(targets !== undefined && { targets: targets.split(',') }),
  };
  return { name: method, settings };
}
