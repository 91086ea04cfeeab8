import { z } from 'zod';

import type { SourceOption } from './manifest.js';
import { queriesSchema } from './queries.js';

const sql = z.string().trim().min(1, 'a query');
const section = z.strictObject({ sql });
const word = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, {
  error: 'a name of letters, digits, "_" and "-" that starts with a letter',
});
const positive = z.int().min(1);

const option: z.ZodType<SourceOption> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(option), z.record(z.string(), option)]),
);

const source = z.union(
  [
    z.string().min(1),
    z.strictObject({
      path: z.string().min(1),
      format: z.enum(['csv', 'json', 'parquet']).optional(),
      options: z
        .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an option name'), option)
        .default({}),
    }),
    z
      .strictObject({
        postgres: z.string().min(1),
        table: z.string().min(1).optional(),
        query: sql.optional(),
      })
      .refine(({ table, query }) => (table === undefined) !== (query === undefined), {
        error: 'one of table and query beside postgres',
      }),
  ],
  {
    error:
      'a path, { path, format?: csv | json | parquet, options? }, or { postgres, table } or { postgres, query }',
  },
);

/** The shape of a manifest file. */
export const manifestSchema = z.strictObject({
  name: z.string().trim().min(1),
  windowDays: z.number().positive().default(90),
  sources: z.record(word, source),
  tables: z.record(word, section).default({}),
  references: section,
  modalities: z.record(
    word.refine((name) => name !== 'tabular', { error: 'a name other than "tabular"' }),
    z.strictObject({
      maxEvents: positive,
      maxTokens: positive.default(50),
      words: z.string().trim().min(1).optional(),
      private: z.boolean().default(false),
      sql,
    }),
  ),
  tabular: z
    .strictObject({
      sql,
      private: z.union([z.boolean(), z.array(z.string().min(1))]).default(false),
    })
    .optional(),
  actions: section.optional(),
  scenarios: z
    .record(
      word,
      z
        .strictObject({ domain: z.string().min(1), query: queriesSchema, sql })
        .transform(({ query, ...rest }) => ({ ...rest, queries: query })),
    )
    .default({}),
});
