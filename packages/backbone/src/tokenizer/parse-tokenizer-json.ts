import { InputError } from '@q-anchor/core';
import { z } from 'zod';

import { checkVocabulary, describe } from './check-vocabulary.js';
import type { TokenizerJson } from './tokenizer-json.js';

const id = z.int().nonnegative();
const vocab = z.record(z.string(), id);
const schema = z.looseObject({
  added_tokens: z.array(
    z.looseObject({ id, content: z.string().min(1), special: z.boolean().optional() }),
  ),
  model: z.discriminatedUnion('type', [
    z.looseObject({
      type: z.literal('BPE'),
      vocab,
      merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    }),
    z.looseObject({
      type: z.literal('WordPiece'),
      vocab,
      unk_token: z.string().min(1),
      continuing_subword_prefix: z.string(),
    }),
  ]),
});

/**
 * Checks that a value is a byte-level BPE or a WordPiece tokenizer in Hugging Face's format, and fills
 * in the parts that older files leave out.
 *
 * @param value - parsed JSON
 * @param where - the file or place it comes from, for messages
 * @throws {@link @q-anchor/core#InputError} that names the first part that is wrong
 */
export function parseTokenizerJson(value: unknown, where: string): TokenizerJson {
  const completed = complete(value);
  const result = schema.safeParse(completed);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const found = issue.path.reduce<unknown>(
      (part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key],
      completed,
    );
    throw new InputError({
      where: [where, ...issue.path].join(': '),
      expected: expectation(issue.path, issue.message),
      found: describe(found),
    });
  }
  const json = completed as TokenizerJson;
  checkVocabulary(json, where);
  return json;
}

const expectation = (path: readonly PropertyKey[], message: string): string =>
  path.join('.') === 'model.type'
    ? "'BPE' or 'WordPiece', the supported model types"
    : `valid data (${message})`;

function complete(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const file = value as { added_tokens?: unknown; model?: unknown };
  const model = file.model;
  // Files of the first years have no type; merges are what tells a BPE model.
  const isUntyped = typeof model === 'object' && model !== null && !('type' in model);
  const typed = isUntyped ? { type: 'merges' in model ? 'BPE' : 'WordPiece', ...model } : model;
  return {
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...file,
    added_tokens: file.added_tokens ?? [],
    model: typed,
  };
}
