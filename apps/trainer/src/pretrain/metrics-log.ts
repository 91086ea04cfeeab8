import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeFileAtomic } from '@q-anchor/core';
import type { PretrainProgress } from '@q-anchor/dual-tower';

import { openEventFile } from '../tensorboard/event-file.js';
import type { ValidationLosses } from './validation.js';

/** Where a run's numbers go: `metrics.jsonl` and a TensorBoard event file. */
export interface MetricsLog extends Disposable {
  /** A training step. */
  step(progress: PretrainProgress): void;
  /** Losses on validation users after a step. */
  validation(step: number, losses: ValidationLosses): void;
}

/** The step of a line; nothing for a line that was cut off. */
function stepOf(line: string): number | undefined {
  try {
    return (JSON.parse(line) as { readonly step?: number }).step;
  } catch {
    return undefined;
  }
}

const now = (): string => new Date().toISOString();

/**
 * Opens the log of a run. Lines of steps after `firstStep`, which a resumed run does again, are
 * dropped.
 */
export async function openMetricsLog(
  runDir: string,
  { firstStep }: { readonly firstStep: number },
): Promise<MetricsLog> {
  const path = join(runDir, 'metrics.jsonl');
  const former = await readFile(path, 'utf8').catch(() => '');
  const kept = former.split('\n').filter((line) => (stepOf(line) ?? Infinity) <= firstStep);
  await writeFileAtomic(path, kept.map((line) => `${line}\n`).join(''));
  const events = openEventFile(runDir, { firstStep });
  const write = (line: object): void => appendFileSync(path, `${JSON.stringify(line)}\n`);
  return {
    step(progress) {
      const { step, loss, contrastive, nextToken, accuracy, gradientNorm } = progress;
      const { learningRate, pairs, tokens, seconds } = progress;
      const tokensPerSecond = Math.round(tokens / seconds);
      const losses = { loss, contrastive, nextToken, accuracy };
      const effort = { seconds, pairs, tokens, tokensPerSecond };
      write({ step, time: now(), ...losses, gradientNorm, learningRate, ...effort });
      events.add(step, {
        ...prefixed('train', losses),
        'optimiser/gradientNorm': gradientNorm,
        'optimiser/learningRate': learningRate,
        'speed/tokensPerSecond': tokensPerSecond,
      });
    },
    validation(step, losses) {
      write({ step, time: now(), validation: losses });
      events.add(step, prefixed('validation', losses));
    },
    [Symbol.dispose]: () => events[Symbol.dispose](),
  };
}

const prefixed = (
  prefix: string,
  values: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));
