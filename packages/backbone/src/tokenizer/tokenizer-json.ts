import { InputError } from '@q-anchor/core';
import { z } from 'zod';

import { byteAlphabet } from './byte-alphabet.js';

/** A token that stands outside the merges, as `tokenizer.json` lists it. */
export interface AddedToken {
  /** Its id. */
  readonly id: number;
  /** Its text. */
  readonly content: string;
  /** Whether it is a control token, and not just a word added later. */
  readonly special?: boolean | undefined;
  /** Flags of the format that are kept as they were read. */
  readonly [flag: string]: unknown;
}

/** The part of Hugging Face's `tokenizer.json` that is read here; all other parts are kept. */
export interface TokenizerJson {
  /** Tokens outside the merges, special tokens among them. */
  readonly added_tokens: readonly AddedToken[];
  /** The byte-pair model. */
  readonly model: {
    /** Always `BPE`. */
    readonly type: 'BPE';
    /** Token (in the byte alphabet) to id. */
    readonly vocab: Readonly<Record<string, number>>;
    /** Merges by rank: `'left right'`, or `['left', 'right']` in newer files. */
    readonly merges: readonly (string | readonly [string, string])[];
    /** Other settings of the model. */
    readonly [setting: string]: unknown;
  };
  /** Normalizer, pre-tokenizer, decoder and the rest. */
  readonly [part: string]: unknown;
}

const id = z.int().nonnegative();
const schema = z.looseObject({
  added_tokens: z.array(
    z.looseObject({ id, content: z.string().min(1), special: z.boolean().optional() }),
  ),
  model: z.looseObject({
    type: z.literal('BPE'),
    vocab: z.record(z.string(), id),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
  decoder: z.unknown().refine(isByteLevel, 'a ByteLevel decoder'),
});

function isByteLevel(decoder: unknown): boolean {
  if (typeof decoder !== 'object' || decoder === null) return false;
  const { type, decoders } = decoder as { type?: unknown; decoders?: unknown };
  return type === 'ByteLevel' || (Array.isArray(decoders) && decoders.some(isByteLevel));
}

const describe = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** The two halves of a merge in either notation. */
export const mergeHalves = (merge: string | readonly [string, string]): [string, string] => {
  if (typeof merge !== 'string') return [merge[0], merge[1]];
  const space = merge.indexOf(' ');
  return [merge.slice(0, space), merge.slice(space + 1)];
};

/**
 * Checks that a value is a byte-level BPE tokenizer in Hugging Face's format, and fills in the parts
 * that older files leave out.
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
      expected: issue.code === 'custom' ? issue.message : expectation(issue.path, issue.message),
      found: describe(found),
    });
  }
  const json = completed as TokenizerJson;
  checkVocabulary(json, where);
  return json;
}

const expectation = (path: readonly PropertyKey[], message: string): string =>
  path.join('.') === 'model.type' ? "'BPE', the supported model type" : `valid data (${message})`;

function complete(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const file = value as { added_tokens?: unknown; model?: unknown };
  const model = file.model;
  // Files of the first years have no type; merges are what tells a BPE model.
  const typed =
    typeof model === 'object' && model !== null && 'merges' in model && !('type' in model)
      ? { type: 'BPE', ...model }
      : model;
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

function checkVocabulary({ model, added_tokens: added }: TokenizerJson, where: string): void {
  const vocabulary = new Map(Object.entries(model.vocab));
  const fail = (part: string, expected: string, found: string): never => {
    throw new InputError({ where: `${where}: ${part}`, expected, found });
  };
  const missing = byteAlphabet.filter((character) => !vocabulary.has(character));
  if (missing.length > 0) {
    fail('model: vocab', 'a token for each of the 256 bytes', `${missing.length} bytes without`);
  }
  const owners = new Map<number, string>();
  const claim = (token: string, tokenId: number): void => {
    const owner = owners.get(tokenId) ?? token;
    if (owner !== token) {
      fail('vocabulary', 'one token per id', `id ${tokenId} for ${describe([owner, token])}`);
    }
    owners.set(tokenId, token);
  };
  for (const [token, tokenId] of vocabulary) claim(token, tokenId);

  const reachable = new Set(byteAlphabet);
  for (const [rank, merge] of model.merges.entries()) {
    const [left, right] = mergeHalves(merge);
    for (const token of [left, right, left + right]) {
      if (!vocabulary.has(token)) {
        fail(`model: merges: ${rank}`, 'tokens of the vocabulary', `${describe(token)}, unknown`);
      }
    }
    reachable.add(left + right);
  }
  for (const token of added) {
    claim(token.content, token.id);
    const plainId = vocabulary.get(token.content);
    if (plainId !== undefined && plainId !== token.id) {
      fail(`added_tokens: ${token.content}`, `its id in the vocabulary, ${plainId}`, `${token.id}`);
    }
    if (token.special === true && reachable.has(token.content)) {
      fail(
        `added_tokens: ${token.content}`,
        'a special token that no text can spell',
        'one that the merges produce',
      );
    }
  }
}
