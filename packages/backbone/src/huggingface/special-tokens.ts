import { InputError, parsedBy } from '@q-anchor/core';
import { z } from 'zod';

import { createTokenizer, type Tokenizer } from '../tokenizer/create-tokenizer.js';
import { addedToken } from '../tokenizer/special-tokens.js';

/** A special token and its id. */
export interface SpecialToken {
  /** Its text. */
  readonly token: string;
  /** Its id. */
  readonly id: number;
}

const roles = ['bos', 'eos', 'pad', 'unk', 'cls', 'sep', 'mask'] as const;

/** The special tokens of a model by what they are for; those it has not are left out. */
export type SpecialTokens = { readonly [role in (typeof roles)[number]]?: SpecialToken };

/** What stands around each message of a chat: `<|im_start|>` and `<|im_end|>` in Qwen's. */
export interface ChatMarkers {
  /** Opens a message; the role and a line break follow. */
  readonly start: SpecialToken;
  /** Closes a message. */
  readonly end: SpecialToken;
}

const tokenText = z
  .union([z.string(), z.looseObject({ content: z.string() })], 'a token')
  .transform((token) => (typeof token === 'string' ? token : token.content))
  .nullish();

const roleSchema = z.looseObject({
  bos_token: tokenText,
  eos_token: tokenText,
  pad_token: tokenText,
  unk_token: tokenText,
  cls_token: tokenText,
  sep_token: tokenText,
  mask_token: tokenText,
});

const configSchema = roleSchema.extend({
  added_tokens_decoder: z
    .record(
      z.string().regex(/^\d+$/, 'ids'),
      z.looseObject({ content: z.string().min(1), special: z.boolean().optional() }),
    )
    .optional(),
  chat_template: z
    .union(
      [z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))],
      'a template',
    )
    .nullish(),
});

/** The files beside `tokenizer.json`; undefined where one is not there. */
export interface TokenizerSettings {
  /** Content of `tokenizer_config.json`. */
  readonly config: unknown;
  /** Content of `special_tokens_map.json`. */
  readonly map: unknown;
  /** Content of `chat_template.jinja`, where newer files keep the template. */
  readonly template: string | undefined;
}

/** A tokenizer with what the files beside it say. */
export interface ConfiguredTokenizer {
  /** With the tokens that only `tokenizer_config.json` lists. */
  readonly tokenizer: Tokenizer;
  /** By what they are for. */
  readonly specialTokens: SpecialTokens;
  /** Undefined for a model that has no chat template, or one without such markers. */
  readonly chat: ChatMarkers | undefined;
}

const configName = 'tokenizer_config.json';

/**
 * Reads special tokens and chat markers from the files beside a `tokenizer.json`. The chat template
 * is a program: it is searched for the markers, never run.
 *
 * @param tokenizer - from `tokenizer.json`
 * @param settings - the files beside it
 * @param where - the directory, for errors
 * @throws {@link @q-anchor/core#InputError} if a file is not of its form, names a token that the
 * tokenizer has not, or gives one another id
 */
export function configuredTokenizer(
  tokenizer: Tokenizer,
  settings: TokenizerSettings & { readonly where: string },
): ConfiguredTokenizer {
  const { where, map } = settings;
  const config = parsedBy(settings.config ?? {}, {
    schema: configSchema,
    where: `${where}/${configName}`,
  });
  const declared = parsedBy(map ?? {}, {
    schema: roleSchema,
    where: `${where}/special_tokens_map.json`,
  });
  const complete = withDeclaredTokens(tokenizer, config.added_tokens_decoder ?? {}, where);
  const { added_tokens: added, model } = complete.toJson();
  const idOf = (token: string): number | undefined =>
    added.find(({ content }) => content === token)?.id ??
    (Object.hasOwn(model.vocab, token) ? model.vocab[token] : undefined);

  const specialTokens: { [role in (typeof roles)[number]]?: SpecialToken } = {};
  for (const role of roles) {
    const key = `${role}_token` as const;
    const token = config[key] ?? declared[key];
    if (token === undefined || token === null) continue;
    const id = idOf(token);
    if (id === undefined) {
      throw new InputError({
        where: `${where}/${configName}, key '${key}'`,
        expected: 'a token of tokenizer.json',
        found: JSON.stringify(token),
      });
    }
    specialTokens[role] = { token, id };
  }
  const templates = config.chat_template ?? settings.template ?? '';
  const template =
    typeof templates === 'string' ? templates : templates.map((one) => one.template).join('\n');
  return { tokenizer: complete, specialTokens, chat: chatMarkers(template, added) };
}

/** The two special tokens of a template that open and close a message in ChatML's manner. */
function chatMarkers(
  template: string,
  added: readonly { readonly id: number; readonly content: string }[],
): ChatMarkers | undefined {
  const find = (token: string): SpecialToken | undefined => {
    const found = added.find(({ content }) => content === token);
    return found && template.includes(token) ? { token, id: found.id } : undefined;
  };
  const [start, end] = [find('<|im_start|>'), find('<|im_end|>')];
  return start && end ? { start, end } : undefined;
}

function withDeclaredTokens(
  tokenizer: Tokenizer,
  declared: Readonly<
    Record<string, { readonly content: string; readonly special?: boolean | undefined }>
  >,
  where: string,
): Tokenizer {
  const json = tokenizer.toJson();
  const ids = new Map(json.added_tokens.map(({ content, id }) => [content, id]));
  const missing = Object.entries(declared).flatMap(([key, { content, special = false }]) => {
    const id = Number(key);
    const existing = ids.get(content) ?? json.model.vocab[content];
    if (existing !== undefined && existing !== id) {
      throw new InputError({
        where: `${where}/${configName}, key 'added_tokens_decoder.${key}'`,
        expected: `${JSON.stringify(content)} with id ${existing}, as in tokenizer.json`,
        found: `id ${id}`,
      });
    }
    return ids.has(content) ? [] : [{ ...addedToken(content, id), special }];
  });
  if (missing.length === 0) return tokenizer;
  return createTokenizer(
    { ...json, added_tokens: [...json.added_tokens, ...missing] },
    { where: `${where}/${configName}` },
  );
}
