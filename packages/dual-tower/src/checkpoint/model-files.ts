import {
  adapterFiles,
  decoderParameters,
  loraParameters,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import { digestOf, InputError } from '@q-anchor/core';
import {
  textEncoderOf,
  userEmbeddingToken,
  userSpecialTokens,
  modalityNames,
  prefixLayouts,
  type PrefixLayout,
} from '@q-anchor/user-tokens';

import type { DualTowerConfig } from '../model/config.js';
import { dualTowerParameters } from '../model/parameters.js';
import { endOfText } from '../model/special-tokens.js';
import type { ModelCollation } from './model.js';
import type { ModelFile } from './model-schema.js';
import { textEncoderFiles } from './text-encoder-directory.js';

/** Names of a model directory's files. */
export const modelFiles = {
  decoderConfig: 'config.json',
  decoder: 'model.safetensors',
  encoder: 'encoder.safetensors',
  tokenizer: 'tokenizer.json',
  description: 'q-anchor.json',
} as const;

/** The layout of a name. */
export function layoutNamed(name: string, where: string): PrefixLayout {
  const layout = prefixLayouts.find((known) => known.name === name);
  if (layout) return layout;
  throw new InputError({
    where: `${where}, layout`,
    expected: `one of ${prefixLayouts.map((known) => known.name).join(', ')}`,
    found: `"${name}"`,
  });
}

/**
 * Which parameters each file of a model directory holds; adapters have theirs in PEFT's form, a BERT
 * text encoder in its own folder.
 */
export function parameterFiles(config: DualTowerConfig): Readonly<Record<string, ParameterSpecs>> {
  const decoder = decoderParameters(config.decoder);
  const adapters = config.lora ? loraParameters(decoder, config.lora) : {};
  const { kind, parameters } = textEncoderOf(config.users);
  const bert = kind === 'bert' ? parameters : {};
  const rest = Object.fromEntries(
    Object.entries(dualTowerParameters(config)).filter(
      ([name]) => !(name in decoder) && !(name in adapters) && !(name in bert),
    ),
  );
  return {
    [modelFiles.decoder]: decoder,
    [modelFiles.encoder]: rest,
  };
}

/** The files whose digests `q-anchor.json` names. */
export const digestedFiles = ({
  lora,
  users: { textEncoder },
}: Pick<DualTowerConfig, 'lora' | 'users'>): readonly string[] =>
  [
    modelFiles.decoderConfig,
    modelFiles.tokenizer,
    modelFiles.decoder,
    modelFiles.encoder,
    ...(lora ? [adapterFiles.config, adapterFiles.weights] : []),
    ...(textEncoder?.kind === 'bert' ? textEncoderFiles(textEncoder) : []),
  ].toSorted();

/** Digest of a whole model: of everything `q-anchor.json` says, the files' digests among it. */
export function modelDigest(file: Omit<ModelFile, 'digest'>): string {
  return digestOf(file);
}

/** One more than the largest id that every table has a row of. */
function rowsOf({ decoder, users, addedTokens }: DualTowerConfig): number {
  const { first, count } = addedTokens ?? { first: 0, count: 0 };
  const rows = Math.max(decoder.vocabularySize, first + count);
  // Only a token bag has a table of its own for the model's ids.
  return (users.textEncoder?.kind ?? 'token-bag') === 'token-bag'
    ? Math.min(rows, users.vocabularySize)
    : rows;
}

/**
 * Checks that the tokenizers fit their model: no id beyond the embedding tables, all special tokens there.
 *
 * @throws {@link @q-anchor/core#InputError} if it does not
 */
export function checkTokenizer(
  config: DualTowerConfig,
  { tokenizer, textTokenizer, headerIds = [] }: ModelCollation,
  where: string,
): void {
  const rows = rowsOf(config);
  if (tokenizer.vocabularySize > rows) {
    throw new InputError({
      where,
      expected: `a tokenizer of at most ${rows} ids, the rows of the embedding tables`,
      found: `one of ${tokenizer.vocabularySize}`,
      fix: 'Take the tokenizer the model was trained with',
    });
  }
  checkTextTokenizer(config, { textTokenizer, where });
  const known = new Set(tokenizer.specialTokens);
  const needed = [endOfText, userEmbeddingToken, ...userSpecialTokens(modalityNames(config.users))];
  const missing = needed.filter((token) => !known.has(token));
  if (missing.length > 0) {
    throw new InputError({
      where,
      expected: 'a tokenizer with the special tokens of the modalities',
      found: `one without ${missing.join(' ')}`,
    });
  }
  const { questionMean } = config;
  const joinedId = tokenizer.specialId(userEmbeddingToken);
  if (questionMean && questionMean.userEmbeddingId !== joinedId) {
    throw new InputError({
      where,
      expected: `${userEmbeddingToken} with the id ${questionMean.userEmbeddingId}, which questions join`,
      found: `${joinedId}`,
      fix: 'Take the tokenizer the model was trained with',
    });
  }
  const stray = headerIds.find((id) => id >= rows);
  if (stray !== undefined) {
    throw new InputError({ where, expected: `header ids below ${rows}`, found: `${stray}` });
  }
}

function checkTextTokenizer(
  { users: { textEncoder } }: DualTowerConfig,
  { textTokenizer, where }: Pick<ModelCollation, 'textTokenizer'> & { readonly where: string },
): void {
  if (textEncoder?.kind !== 'bert') return;
  const rows = textEncoder.bert.vocabularySize;
  const size = textTokenizer?.vocabularySize ?? Infinity;
  if (size <= rows) return;
  throw new InputError({
    where: `${where}, text encoder`,
    expected: `textTokenizer, a tokenizer of at most ${rows} ids, the rows of its word embeddings`,
    found: textTokenizer ? `one of ${size}` : 'none',
    fix: "Take the tokenizer of the text encoder's own directory",
  });
}
