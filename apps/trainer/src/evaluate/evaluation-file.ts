import { join } from 'node:path';

import { InputError, parsedBy, readJson, writeFileAtomic } from '@q-anchor/core';
import { z } from 'zod';

/** The version of the file's layout. */
const formatVersion = 1;

const interval = z.tuple([z.number(), z.number()]);
const point = z.tuple([z.number(), z.number()]);

const header = z.object({
  formatVersion: z.literal(formatVersion, {
    error: `format version ${formatVersion}; run q-anchor evaluate again`,
  }),
});

const row = z.object({
  auc: z.number(),
  aucInterval: interval,
  ks: z.number(),
  ksInterval: interval,
  /** A probe's inverse penalty. */
  strength: z.number().optional(),
  /** `[false positive rate, true positive rate]`, from (0, 0) to (1, 1). */
  roc: z.array(point),
  /** Users of similar probability, as many in each bin. */
  reliability: z.array(
    z.object({
      users: z.int(),
      meanProbability: z.number(),
      positiveRate: z.number(),
      interval,
    }),
  ),
  calibrationError: z.number(),
  logLoss: z.number(),
  brier: z.number(),
  /** What the users of the highest scores hold. */
  gain: z.array(z.object({ share: z.number(), recall: z.number(), lift: z.number() })),
});

const projection = z.object({
  row: z.string(),
  dimensions: z.int(),
  /** Class of each user. */
  labels: z.array(z.union([z.literal(0), z.literal(1)])),
  pca: z.array(point),
  /** Share of the variance along the two axes. */
  explained: z.array(z.number()),
  /** Nothing for too few users. */
  tsne: z.array(point).optional(),
  /** Share of the variance that lies between the classes, and the mean silhouette. */
  betweenShare: z.number(),
  silhouette: z.number(),
});

const scenario = z.object({
  domain: z.string(),
  queries: z.array(z.string()),
  queryTokens: z.int().optional(),
  users: z.int(),
  positives: z.int(),
  knownUsers: z.int(),
  rows: z.record(z.string(), row),
  /** DeLong's paired test of every two rows: AUC of `row` less that of `other`. */
  comparisons: z.array(
    z.object({
      row: z.string(),
      other: z.string(),
      difference: z.number(),
      interval,
      pValue: z.number(),
    }),
  ),
  projections: z.array(projection),
});

const measured = z.object({ value: z.number(), interval: interval.readonly() });
const difference = z.object({
  difference: z.number(),
  standardError: z.number(),
  interval: interval.readonly(),
  pValue: z.number(),
});

const averages = z.object({
  rows: z.record(z.string(), z.object({ auc: measured, ks: measured })),
  /** Mean of `row` less that of `other`. */
  comparisons: z.array(
    z.object({ row: z.string(), other: z.string(), auc: difference, ks: difference }),
  ),
});

const schema = header.extend({
  made: z.object({
    time: z.string(),
    version: z.string(),
    commit: z.string().optional(),
    node: z.string(),
    platform: z.string(),
    processor: z.string(),
    cores: z.int(),
    memoryMB: z.number(),
  }),
  model: z.object({ digest: z.string(), dimensions: z.int() }),
  dataset: z.object({ name: z.string(), digest: z.string() }),
  settings: z.object({ seed: z.int(), resamples: z.int() }),
  /** Embedding everybody who has a label, for all that was asked at once. */
  embedding: z.object({
    users: z.int(),
    questions: z.int(),
    parameterSets: z.int(),
    seconds: z.number(),
  }),
  scenarios: z.record(z.string(), scenario),
  /** Means over the scenarios, of rows that all of them have; nothing of a single scenario. */
  averages: averages.optional(),
  slices: z
    .object({
      column: z.string(),
      rows: z.array(
        z.object({
          scenario: z.string(),
          level: z.string(),
          users: z.int(),
          positives: z.int(),
          rows: z.record(z.string(), z.object({ auc: z.number(), ks: z.number() })),
        }),
      ),
    })
    .optional(),
});

/** An evaluation with all that a report shows of it. */
export type EvaluationFile = z.infer<typeof schema>;
/** One scenario of it. */
export type EvaluationFileScenario = EvaluationFile['scenarios'][string];
/** One row of a scenario. */
export type EvaluationFileRow = EvaluationFileScenario['rows'][string];
/** Means over scenarios. */
export type EvaluationFileAverages = NonNullable<EvaluationFile['averages']>;
/** A sample of users in the plane. */
export type EvaluationFileProjection = EvaluationFileScenario['projections'][number];

/** Where a run keeps its newest evaluation. */
export const runEvaluationFile = (runDir: string): string => join(runDir, 'evaluation.json');

/** Writes an evaluation, whole or not at all. */
export async function writeEvaluationFile(
  path: string,
  content: Omit<EvaluationFile, 'formatVersion'>,
): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify({ formatVersion, ...content })}\n`);
}

/**
 * Reads an evaluation.
 *
 * @throws {@link @q-anchor/core#InputError} if it is missing, of another version, or not an evaluation
 */
export async function readEvaluationFile(path: string): Promise<EvaluationFile> {
  const json = await readJson(path);
  if (typeof json === 'object' && json !== null && !('formatVersion' in json)) {
    throw new InputError({
      where: path,
      expected: 'an evaluation of q-anchor evaluate',
      found: 'JSON without a format version',
      fix: 'Give a run that was evaluated, or the file of evaluate --details',
    });
  }
  parsedBy(json, { schema: header, where: path });
  return parsedBy(json, { schema, where: path });
}
