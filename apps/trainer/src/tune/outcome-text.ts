import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ScoreReading } from '@q-anchor/prompt-tuning';

import type { TuningOutcome } from './tune-scenario.js';

/** A tuned scenario as it lies in a model directory. */
export interface SavedOutcome extends TuningOutcome {
  readonly directory: string;
  readonly bytes: number;
}

/** Bytes of an artefact's files. */
export async function artefactBytes(directory: string): Promise<number> {
  const names = await readdir(directory);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(directory, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const ways = ['prototypes', 'probe'] as const;

/** An outcome for `--json`. */
export function outcomeJson(outcome: SavedOutcome): object {
  const { artefact, steps, bestStep, validationLoss, bytes } = outcome;
  const { seconds, prefixSeconds, scoringSeconds } = outcome;
  const { scoring } = artefact;
  const validation = Object.fromEntries(
    ways.map((by) => {
      const { calibration, thresholds, validation: quality } = scoring[by];
      return [by, { ...quality, calibration: calibration.method, thresholds }];
    }),
  );
  return {
    method: artefact.adapters ? 'lora' : 'prompt',
    steps,
    bestStep,
    validationLoss,
    validation,
    bytes,
    seconds,
    prefixSeconds,
    scoringSeconds,
  };
}

const three = (value: number): string => value.toFixed(3);

/** An outcome for people. */
export function outcomeText(outcome: SavedOutcome): string {
  const { artefact, steps, bestStep, validationLoss, bytes, directory } = outcome;
  const { seconds, prefixSeconds } = outcome;
  const { scoring } = artefact;
  const way = (by: (typeof ways)[number]): string => {
    const { calibration, validation }: ScoreReading = scoring[by];
    const { auc, ks, aucInterval, outOfFold } = validation;
    const { logLoss } = outOfFold[calibration.method]!;
    return (
      `  ${by.padEnd(10)} AUC ${three(auc)} (${aucInterval.map(three).join(' to ')}), KS ${three(ks)}, ` +
      `${calibration.method} calibration, log loss ${three(logLoss)}`
    );
  };
  return [
    `${artefact.scenario}: validation loss ${three(validationLoss.untuned)} -> ` +
      `${three(validationLoss.tuned)}, best of ${steps} steps ${bestStep}, ${seconds.toFixed(1)} s ` +
      (artefact.adapters
        ? '(prefixes read at each of them)'
        : `(${Math.round((100 * prefixSeconds) / seconds)} % in prefixes)`),
    ...ways.map(way),
    `  ${bytes.toLocaleString('en')} bytes in ${directory}`,
  ].join('\n');
}
