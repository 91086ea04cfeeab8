import { z } from 'zod';

import { scenarioAdapterFiles, scenarioFiles } from './scenario-files.js';

/** The version of an artefact's layout that is written and read. */
export const scenarioFormatVersion = 3;

/** What the description says before anything else is looked at. */
export const headerSchema = z.object({
  formatVersion: z.literal(scenarioFormatVersion, {
    error: `format version ${scenarioFormatVersion}; tune the scenario again`,
  }),
});

const quality = z.object({ logLoss: z.number(), brier: z.number() });

/** Knots of an isotonic map are a tensor: they may be a hundred. */
const calibration = z.discriminatedUnion('method', [
  z.object({ method: z.literal('platt'), slope: z.number(), intercept: z.number() }),
  z.object({ method: z.literal('isotonic'), knots: z.int().positive() }),
]);

const costs = z.object({
  falsePositive: z.number(),
  falseNegative: z.number(),
  truePositive: z.number().optional(),
  trueNegative: z.number().optional(),
});

const threshold = z.object({
  score: z.number().nullable(),
  probability: z.number().nullable(),
  share: z.number(),
  recall: z.number(),
  precision: z.number().nullable(),
  costs: costs.optional(),
});

const reading = z.object({
  calibration,
  thresholds: z.record(z.string(), threshold),
  validation: z.object({
    users: z.int(),
    positives: z.int(),
    auc: z.number(),
    aucInterval: z.tuple([z.number(), z.number()]),
    ks: z.number(),
    outOfFold: z.object({ platt: quality, isotonic: quality.optional() }),
  }),
});

const identity = z.object({ digest: z.string(), layout: z.string(), tokenizer: z.string() });

const difference = z.object({ mean: z.number(), high: z.number(), worst: z.number() });

const carried = z.object({
  from: identity,
  weights: z.string(),
  agreement: z
    .object({
      embeddings: z.object({
        count: z.int(),
        mean: z.number(),
        low: z.number(),
        worst: z.number(),
      }),
      prototypes: difference.optional(),
      probe: difference.optional(),
    })
    .nullable(),
});

/** The content of `scenario.json`. */
export const scenarioSchema = headerSchema
  .extend({
    scenario: z.string(),
    queries: z.array(z.string()).min(1).readonly(),
    method: z.enum(['prompt', 'lora']),
    /** `own`: a user's prefix must be read with the adapters; none that other scenarios share serves. */
    prefix: z.literal('own').optional(),
    promptTokens: z.int().nonnegative(),
    classes: z.int().min(2),
    prototypesPerClass: z.int().positive(),
    temperature: z.number().positive(),
    model: identity,
    carried: z.array(carried),
    dataset: z.object({ name: z.string(), digest: z.string() }),
    training: z.record(z.string(), z.union([z.number(), z.string()])),
    scoring: z
      .object({
        prototypes: reading,
        probe: reading.extend({ intercept: z.number(), strength: z.number().positive() }),
      })
      .nullable(),
    digests: z
      .object({ [scenarioFiles.prompt]: z.string() })
      .extend(
        Object.fromEntries(scenarioAdapterFiles.map((name) => [name, z.string().optional()])),
      ),
    digest: z.string(),
  })
  .refine(({ method, promptTokens }) => (method === 'prompt') === promptTokens > 0, {
    path: ['promptTokens'],
    error: 'some where prompts were tuned, none where adapters were',
  });

/** The content of `scenario.json`. */
export type ScenarioFile = z.infer<typeof scenarioSchema>;

/** How a score is read, without its tensors. */
export type ReadingFile = z.infer<typeof reading>;
