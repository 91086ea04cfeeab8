import { z } from 'zod';

const counts = z.object({ added: z.int(), duplicates: z.int(), outside: z.int() });

const usage = z.object({
  prompt_tokens: z.int().meta({ description: 'Of the prefix and of what was asked' }),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({
    cached_tokens: z.int().meta({ description: 'Of a prefix that was there already' }),
  }),
});

const scenario = z.object({
  id: z.string(),
  object: z.literal('scenario'),
  model: z.string().meta({ description: 'What /v1/embeddings takes as its model' }),
  queries: z.array(z.string()).meta({
    description: 'What the scenario asks; the mean of the embeddings is scored',
  }),
  prefix: z
    .enum(['shared', 'own'])
    .meta({ description: 'own: adapters read a prefix of their own' }),
  digest: z.string(),
});

const score = z.object({ score: z.number(), probability: z.number() });

/** Schemas of what goes out. */
export const answerSchemas = {
  changed: counts.extend({ object: z.literal('user.events'), user: z.string() }).meta({
    description: 'outside: older than the window, or beyond the newest of their modality',
  }),
  user: z.object({
    object: z.literal('user'),
    id: z.string(),
    reference_time: z.number(),
    events: z.record(
      z.string(),
      z.array(z.object({ time: z.number(), text: z.string(), value: z.number().optional() })),
    ),
    tabular: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  }),
  deleted: z.object({
    object: z.literal('user.deleted'),
    id: z.string(),
    deleted: z.literal(true),
  }),
  embeddings: z.object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    usage,
  }),
  scores: z.object({
    object: z.literal('list'),
    user: z.string(),
    reference_time: z.number(),
    data: z.array(
      z.object({
        object: z.literal('score'),
        scenario: z.string(),
        probability: z.number().meta({ description: "The probe's, calibrated" }),
        probe: score,
        prototypes: score,
        digest: z.string(),
      }),
    ),
    usage,
  }),
  scenarios: z.object({ object: z.literal('list'), data: z.array(scenario) }),
  models: z.object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        id: z.string(),
        object: z.literal('model'),
        created: z.int(),
        owned_by: z.string(),
        dimensions: z.int(),
      }),
    ),
  }),
  status: z.object({ status: z.string() }),
  error: z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  }),
} as const;

/** Answers that a route may give besides the good one. */
export const errorAnswers = <Status extends number>(
  ...statuses: readonly Status[]
): Record<Status, typeof answerSchemas.error> =>
  Object.fromEntries(statuses.map((status) => [status, answerSchemas.error])) as Record<
    Status,
    typeof answerSchemas.error
  >;
