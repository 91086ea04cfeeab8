import { z } from 'zod';

import type { Settings } from '../settings/settings.js';

const longestId = 256;
/** Users that are read for one request. */
const maxCompared = 1000;
const maxMapped = 300;

/** An id of a user or an event: any text without control characters. */
const id = z
  .string()
  .min(1)
  .max(longestId)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'no control characters')
  .meta({ examples: ['ann'] });

/** A time on the events' axis. */
const time = z.union([z.number(), z.iso.datetime({ offset: true })]).meta({
  description:
    'Days since 1970-01-01 (or on the axis of the dataset), or a date and time of ISO 8601',
  examples: ['2026-11-28T09:30:00Z'],
});

/** A time in a query string. */
const timeText = z
  .union([z.string().regex(/^-?\d+(\.\d+)?$/), z.iso.datetime({ offset: true })])
  .meta({ description: 'As reference_time of requests' });

const event = z.strictObject({
  id: id.optional().meta({ description: 'Makes a repetition of the event a duplicate' }),
  time,
  text: z
    .string()
    .max(4000)
    .meta({ examples: ['takeaway pizza'] }),
  value: z
    .number()
    .optional()
    .meta({ description: 'An amount', examples: [12.5] }),
});

const tabular = z
  .record(z.string().min(1).max(longestId), z.union([z.number(), z.string().max(1000), z.null()]))
  .meta({ description: 'Columns of the profile: numbers, categories, null for unknown' });

/** The limits that schemas have. */
export type RequestLimits = Pick<Settings, 'maxQueries' | 'maxQueryChars' | 'maxEvents'>;

/** Schemas of what comes in. */
export function requestSchemas({ maxQueries, maxQueryChars, maxEvents }: RequestLimits) {
  const events = z
    .record(z.string().min(1).max(longestId), z.array(event).max(maxEvents))
    .refine(
      (lists) => Object.values(lists).reduce((sum, { length }) => sum + length, 0) <= maxEvents,
      `at most ${maxEvents} events`,
    )
    .meta({
      description: `Events by modality, in any order, at most ${maxEvents} over all`,
      examples: [{ bill: [{ id: 'e1', time: '2026-11-25T18:00:00Z', text: 'takeaway pizza' }] }],
    });
  const query = z
    .string()
    .max(maxQueryChars)
    .meta({ examples: ['Will this user order takeaway food?'] });
  const reference = time.optional().meta({
    description: 'What is known of the user ends here. By default now, rounded up to a whole step',
  });
  const user = id.meta({ description: 'Put before' });
  const scenario = z
    .string()
    .min(1)
    .max(200)
    .meta({ examples: ['takeout'] });
  return {
    userParams: z.object({ id }),
    userQuery: z.object({ reference_time: timeText.optional() }),
    usersQuery: z.object({
      prefix: z.string().max(longestId).optional().meta({ description: 'How their ids begin' }),
      limit: z
        .stringFormat('limit', /^(\d{1,3}|1000)$/)
        .optional()
        .meta({
          description: 'How many at most, up to 1000; 100 by default',
        }),
    }),
    user: z.strictObject({ events: events.default({}), tabular: tabular.default({}) }),
    events: z.strictObject({ events }),
    embeddings: z.strictObject({
      user: id.meta({ description: 'Whose embedding; put before' }),
      input: z.union([query, z.array(query).min(1).max(maxQueries)]).meta({
        description:
          'What is asked about the user: one question or several; an empty one asks nothing',
      }),
      model: z
        .string()
        .min(1)
        .max(200)
        .meta({
          description:
            'The model, or MODEL:SCENARIO for the prompts or adapters of a tuned scenario',
          examples: ['q-anchor'],
        }),
      encoding_format: z.enum(['float', 'base64']).default('float').meta({
        description: 'Numbers, or little-endian 32-bit floats in base64',
      }),
      dimensions: z
        .int()
        .min(1)
        .max(2 ** 20)
        .optional()
        .meta({
          description: 'Only the first so many numbers, brought to length 1 again',
        }),
      reference_time: reference,
    }),
    scores: z.strictObject({
      user: id,
      scenarios: z.array(z.string().min(1).max(200)).min(1).max(maxQueries).optional().meta({
        description: 'Names of scenarios; all by default',
      }),
      reference_time: reference,
    }),
    attention: z.strictObject({
      user,
      input: query.optional().meta({ description: 'A question; or a scenario' }),
      scenario: scenario.optional().meta({
        description: 'Its questions behind its prompts, or by its adapters',
      }),
      top: z.int().min(0).max(50).default(10).meta({ description: 'Events that are listed' }),
      reference_time: reference,
    }),
    nearest: z.strictObject({
      user,
      input: query,
      limit: z.int().min(1).max(100).default(10).meta({ description: 'How many are listed' }),
      among: z.int().min(1).max(maxCompared).default(200).meta({
        description: 'How many are compared at most; of more, evenly many along their order',
      }),
      reference_time: reference,
    }),
    map: z.strictObject({
      scenario,
      limit: z.int().min(1).max(maxMapped).default(200).meta({
        description: 'Users at most; of more, evenly many along their order',
      }),
      user: id.optional().meta({ description: 'Who is among them in any case' }),
      reference_time: reference,
    }),
    answers: z.strictObject({
      user,
      input: query.min(1).meta({ examples: ['What will this user buy next?'] }),
      max_tokens: z.int().min(1).max(256).default(64),
      reference_time: reference,
    }),
  } as const;
}

const secondsPerDay = 86_400;

/** A time of a request in days. */
export const daysOf = (at: number | string): number => {
  if (typeof at === 'number') return at;
  const days = Number(at);
  return Number.isNaN(days) ? Date.parse(at) / 1000 / secondsPerDay : days;
};
