import { z } from 'zod';

/** The version of the model directory's layout that this package writes. */
export const modelFormatVersion = 4;

/**
 * Versions that are read: 1 says nothing of text encoders, added tokens and the longest query, 2 nothing
 * of what an embedding is, 3 nothing of questions in the input of `<|user_emb|>`.
 */
const readableVersions = [1, 2, 3, modelFormatVersion] as const;

const size = z.int().nonnegative();
const positive = z.int().positive();

/** What the file says before anything else is looked at. */
export const headerSchema = z.object({
  formatVersion: z.literal(readableVersions, {
    error: `format version ${readableVersions.join(', ')}`,
  }),
});

const tabularColumn = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('number'),
    name: z.string(),
    mean: z.number(),
    deviation: z.number(),
  }),
  z.object({ kind: z.literal('category'), name: z.string(), levels: z.array(z.string()) }),
]);

/** Of BERT, what its own folder does not say. */
const textEncoder = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token-bag') }),
  z.object({ kind: z.literal('embedding-table') }),
  z.object({ kind: z.literal('bert'), pooling: z.enum(['cls', 'mean']) }),
]);

/** The content of `q-anchor.json`. */
export const modelFileSchema = headerSchema.extend({
  users: z.object({
    modalities: z.array(
      z.object({ name: z.string().min(1), maxEvents: positive, maxTokens: positive }),
    ),
    eventWidth: positive,
    width: positive,
    vocabularySize: positive,
    tabularFeatures: size,
    windowDays: z.number().positive(),
    timeFeatures: z.boolean(),
    valueFeatures: z.boolean(),
    userMean: z.enum(['present', 'all']),
    textEncoder: textEncoder.optional(),
  }),
  layout: z.string(),
  headerIds: z.array(size),
  head: z.object({ hidden: positive, output: positive }),
  embedding: z.enum(['head', 'hidden']).optional(),
  questionMean: z.object({ weight: z.number(), userEmbeddingId: size }).optional(),
  start: z.enum(['random', 'matching']).optional(),
  contrastive: z.object({
    variant: z.enum(['paper', 'release']),
    temperature: z.number().positive(),
    margin: z.number(),
    maskEqualAnswers: z.boolean(),
  }),
  contrastiveWeight: z.number().optional(),
  nextTokenWeight: z.number(),
  nextTokenReduction: z.enum(['mean', 'sum']),
  maxQueryTokens: positive.optional(),
  weights: z.enum(['f32', 'f16', 'bf16', 'int8', 'int4']).optional(),
  baseModel: z.string().optional(),
  endIds: z.array(size).optional(),
  addedTokens: z.object({ first: size, count: positive }).optional(),
  tabular: z.object({ columns: z.array(tabularColumn) }),
  valueScales: z.record(z.string(), z.object({ mean: z.number(), deviation: z.number() })),
  digests: z.record(z.string(), z.string()),
  digest: z.string(),
});

/** The content of `q-anchor.json`. */
export type ModelFile = z.infer<typeof modelFileSchema>;
