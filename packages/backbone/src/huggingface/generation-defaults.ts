import { join } from 'node:path';

import { InputError, parsedBy, readOptionalJson } from '@q-anchor/core';
import { z } from 'zod';

import type { SpecialTokens } from './special-tokens.js';

/** How a model wants its text drawn, from `generation_config.json`. */
export interface GenerationDefaults {
  /** Ids that end an answer; at least the tokenizer's own where the file names none. */
  readonly eosIds: readonly number[];
  /** Id that fills up a batch. */
  readonly padId?: number;
  /** Whether tokens are drawn; else the likeliest is taken. */
  readonly doSample: boolean;
  /** Logits are divided by it. */
  readonly temperature: number;
  /** Draw from the likeliest tokens that together have this probability; 1 for all. */
  readonly topP: number;
  /** Draw from so many of the likeliest tokens; 0 for all. */
  readonly topK: number;
  /** Logits of tokens seen before are divided by it, or multiplied where negative; 1 for none. */
  readonly repetitionPenalty: number;
  /** At most so many new tokens. */
  readonly maxNewTokens?: number;
}

const tokenId = z.int('a token id').nonnegative('a token id');
const positive = (what: string) => z.number(what).positive(what);

const schema = z.looseObject({
  eos_token_id: z.union([tokenId, z.array(tokenId)], 'a token id, or several').nullish(),
  pad_token_id: tokenId.nullish(),
  do_sample: z.boolean('true or false').nullish(),
  temperature: positive('a number above 0').nullish(),
  top_p: z
    .number('a number above 0, at most 1')
    .gt(0, 'a number above 0, at most 1')
    .lte(1, 'a number above 0, at most 1')
    .nullish(),
  top_k: z.int('an integer of at least 0').nonnegative('an integer of at least 0').nullish(),
  repetition_penalty: positive('a number above 0').nullish(),
  max_new_tokens: z.int('an integer of at least 1').positive('an integer of at least 1').nullish(),
});

const idsSchema = z.looseObject({
  eos_token_id: z.union([z.int(), z.array(z.int())], 'a token id, or several').nullish(),
  pad_token_id: z.int('a token id').nullish(),
});

/**
 * Generation settings of a model directory. What `generation_config.json` leaves out is as in
 * `transformers`: temperature 1, top_p 1, top_k 50, no penalty, no drawing; ids come from
 * `config.json` then, or from the tokenizer's settings.
 *
 * @param directory - the model directory
 * @param options - content of its `config.json`, its special tokens and the size of its vocabulary
 * @throws {@link @q-anchor/core#InputError} naming the key that is wrong, or an id outside the vocabulary
 */
export async function readGenerationDefaults(
  directory: string,
  options: {
    readonly config: unknown;
    readonly specialTokens: SpecialTokens;
    readonly vocabularySize: number;
  },
): Promise<GenerationDefaults> {
  const { specialTokens, vocabularySize } = options;
  const where = join(directory, 'generation_config.json');
  const file = parsedBy((await readOptionalJson(where)) ?? {}, { schema, where });
  const config = parsedBy(options.config, {
    schema: idsSchema,
    where: join(directory, 'config.json'),
  });
  const own = specialTokens.eos ? [specialTokens.eos.id] : [];
  const named = file.eos_token_id ?? config.eos_token_id ?? own;
  const eosIds = typeof named === 'number' ? [named] : named;
  const padId = file.pad_token_id ?? config.pad_token_id ?? specialTokens.pad?.id;
  for (const [key, ids] of Object.entries({
    eos_token_id: eosIds,
    pad_token_id: padId === undefined ? [] : [padId],
  })) {
    const wrong = ids.find((id) => !(id >= 0 && id < vocabularySize));
    if (wrong === undefined) continue;
    throw new InputError({
      where: `${where}, key '${key}'`,
      expected: `ids below the vocabulary's size of ${vocabularySize}`,
      found: `${wrong}`,
    });
  }
  return {
    eosIds: [...new Set(eosIds)],
    ...(padId !== undefined && { padId }),
    doSample: file.do_sample ?? false,
    temperature: file.temperature ?? 1,
    topP: file.top_p ?? 1,
    topK: file.top_k ?? 50,
    repetitionPenalty: file.repetition_penalty ?? 1,
    ...(typeof file.max_new_tokens === 'number' && { maxNewTokens: file.max_new_tokens }),
  };
}
