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

/** Of the attention of one user; together 1. */
const shares = z.object({
  header: z.number(),
  user: z.number(),
  modalities: z.record(
    z.string(),
    z.object({ summary: z.number(), events: z.number(), markers: z.number() }),
  ),
  prompts: z.number().optional(),
  query: z.number(),
  self: z.number(),
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
  users: z.object({
    object: z.literal('list'),
    total: z.int().meta({ description: 'Users whose ids begin so' }),
    data: z.array(z.object({ id: z.string(), object: z.literal('user') })),
  }),
  attention: z.object({
    object: z.literal('attention'),
    user: z.string(),
    reference_time: z.number(),
    queries: z
      .array(z.string())
      .meta({ description: 'Shares are means over them and over layers' }),
    shares,
    even: shares.meta({ description: 'What they would be if every token got as much' }),
    top_events: z.array(
      z.object({
        modality: z.string(),
        text: z.string().meta({ description: 'Of the profile: the names of its columns' }),
        days_before: z.number(),
        share: z.number(),
      }),
    ),
  }),
  nearest: z.object({
    object: z.literal('list'),
    user: z.string(),
    reference_time: z.number(),
    known: z.int().meta({ description: 'Users known besides' }),
    compared: z.int().meta({ description: 'Those of them that were compared' }),
    data: z.array(
      z.object({ object: z.literal('neighbour'), user: z.string(), cosine: z.number() }),
    ),
  }),
  map: z.object({
    object: z.literal('map'),
    scenario: z.string(),
    reference_time: z.number(),
    known: z.int(),
    explained: z.array(z.number()).meta({
      description: 'Shares of the variance along both axes',
    }),
    data: z.array(
      z.object({
        object: z.literal('point'),
        user: z.string(),
        x: z.number(),
        y: z.number(),
        probability: z.number(),
      }),
    ),
  }),
  answer: z.object({
    object: z.literal('answer'),
    user: z.string(),
    reference_time: z.number(),
    text: z.string(),
    tokens: z.int(),
    stop_reason: z.enum(['end', 'maxTokens', 'positions', 'stopped']),
    mean_log_probability: z.number().nullable(),
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
        answers: z.boolean().meta({ description: 'Whether /v1/answers does' }),
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
