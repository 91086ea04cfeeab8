import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

import { jsonOf, parsedBy, readOptionalText } from '@q-anchor/core';
import { z } from 'zod';

import type { SavedOutcome } from './outcome-text.js';

const formatVersion = 1;

const schema = z.object({
  formatVersion: z.literal(formatVersion, { error: `format version ${formatVersion}` }),
  time: z.string(),
  scenario: z.string(),
  /** What was tuned (`prompt` or `lora`), and settings and counts as the artefact has them. */
  settings: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Loss of the validation users by step; step 0 is before tuning. */
  losses: z.array(z.object({ step: z.int(), loss: z.number() })),
  /** The step that was kept. */
  bestStep: z.int(),
  seconds: z.number(),
  prefixSeconds: z.number(),
  /** Of the artefact's files. */
  bytes: z.int(),
  /** AUC of the validation users by the prototypes and by the probe, where it was measured. */
  validationAuc: z.record(z.string(), z.number()),
  /** Their KS, which older lines do not have. */
  validationKs: z.record(z.string(), z.number()).optional(),
});

/** One tuning of a scenario: a line of a run's `tuning.jsonl`. */
export type TuningRecord = z.infer<typeof schema>;

/** Where a run keeps what its tunings came to. */
const tuningLogFile = (runDir: string): string => join(runDir, 'tuning.jsonl');

/** What is kept of a tuning. */
export function tuningRecord(outcome: SavedOutcome): Omit<TuningRecord, 'formatVersion'> {
  const { artefact, validationLosses, bestStep, seconds, prefixSeconds, bytes } = outcome;
  const { prototypes, probe } = artefact.scoring;
  return {
    time: new Date().toISOString(),
    scenario: artefact.scenario,
    settings: { method: artefact.adapters ? 'lora' : 'prompt', ...artefact.training },
    losses: validationLosses.map(({ step, loss }) => ({ step, loss })),
    bestStep,
    seconds,
    prefixSeconds,
    bytes,
    validationAuc: { prototypes: prototypes.validation.auc, probe: probe.validation.auc },
    validationKs: { prototypes: prototypes.validation.ks, probe: probe.validation.ks },
  };
}

/** Adds a line to a run's tunings. */
export async function addTuning(
  runDir: string,
  record: Omit<TuningRecord, 'formatVersion'>,
): Promise<void> {
  await appendFile(tuningLogFile(runDir), `${JSON.stringify({ formatVersion, ...record })}\n`);
}

/**
 * Reads a run's tunings, the oldest first; nothing where there are none.
 *
 * @throws {@link @q-anchor/core#InputError} naming the line that is of another version or none
 */
export async function readTuningLog(runDir: string): Promise<readonly TuningRecord[]> {
  const path = tuningLogFile(runDir);
  const lines = ((await readOptionalText(path)) ?? '').split('\n');
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    const where = `${path}, line ${index + 1}`;
    return [parsedBy(jsonOf(line, where), { schema, where })];
  });
}
