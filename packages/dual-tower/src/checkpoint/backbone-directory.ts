import { basename, join, resolve } from 'node:path';

import {
  adapterFiles,
  addedTokensName,
  initialAddedTokens,
  mergeLora,
  openModelDirectory,
  readAdapters,
  readParameters,
  targetedProjections,
  withSpecialTokens,
  type Adapters,
  type AddedTokens,
  type ChatMarkers,
  type DecoderConfig,
  type ParameterSpecs,
  type TensorSource,
  type Tokenizer,
} from '@q-anchor/backbone';
import type { Tensors, Weights } from '@q-anchor/backend';
import { InputError, pathExists } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { tokenTable } from '../model/token-table.js';
import { withGrownTables } from '../model/grown-vocabulary.js';
import { endOfText } from '../model/special-tokens.js';

/** What {@link openBackbone} is given beside the directory. */
export interface OpenBackboneOptions {
  /** The special tokens the model needs, see `userSpecialTokens`. */
  readonly specialTokens: readonly string[];
  /**
   * Whether the decoder is adapted rather than trained whole: then the rows of the tokens it lacks
   * stand apart from its table, which stays as it is; else the table is grown by them.
   */
  readonly isAdapted: boolean;
  /** Seed of those rows. */
  readonly seed: number;
}

/** A decoder to train a model from. */
export interface Backbone {
  /** Its shape; of a grown table if it is to be trained whole. */
  readonly decoder: DecoderConfig;
  /** The tokens it was grown by, if their rows stand apart. */
  readonly addedTokens?: AddedTokens;
  /** Its tokenizer with the special tokens. */
  readonly tokenizer: Tokenizer;
  /** Ids of the sequence's header: the start of a user's message, where it knows chats. */
  readonly headerIds: readonly number[];
  /** Ids that end its answers. */
  readonly endIds: readonly number[];
  /** The directory's name. */
  readonly baseModel: string;
  /**
   * Reads its weights.
   *
   * @throws {@link @q-anchor/core#InputError} if they are not those of the configuration
   */
  weights(options?: { readonly signal?: AbortSignal }): Promise<Tensors>;
  /**
   * Where its weights lie, for an engine to map: they stand in memory once. The files must not change
   * as long as they are used. In memory are those that adapters were put into, and the start rows of
   * added tokens. Of no use for training a decoder whole.
   *
   * @throws {@link @q-anchor/core#InputError} as {@link Backbone.weights}
   */
  storedWeights(): Promise<Weights>;
}

/**
 * Opens a decoder in Hugging Face's form for training, and grows its vocabulary by the special tokens
 * it lacks. Their ids come from the tokenizer; none of its own changes. Adapters that lie beside the
 * weights in PEFT's form are put into them: what is trained begins where they ended.
 *
 * @param directory - `config.json`, `tokenizer.json`, weights in safetensors; maybe
 *   `adapter_config.json` and `adapter_model.safetensors`
 * @param options - special tokens, how it is trained
 * @throws {@link @q-anchor/core#InputError} if it is no decoder's directory, its adapters do not fit
 * it, or its tokenizer lacks the end-of-text token
 * @example
 * ```ts
 * const backbone = await openBackbone('Qwen2.5-0.5B-Instruct', {
 *   specialTokens: userSpecialTokens(['bill', 'spm']),
 *   isAdapted: true,
 *   seed: 1,
 * });
 * const initial = initialDualTower(config, 1, { given: await backbone.weights() });
 * ```
 */
export async function openBackbone(
  directory: string,
  options: OpenBackboneOptions,
): Promise<Backbone> {
  const { specialTokens, isAdapted, seed } = options;
  await using model = await openModelDirectory(directory);
  if (model.kind !== 'decoder') {
    throw new InputError({
      where: directory,
      expected: 'a qwen2 or qwen3 decoder',
      found: 'a text encoder',
      fix: 'Text encoders go with --text-encoder',
    });
  }
  const hasAdapters = await pathExists(join(directory, adapterFiles.config));
  const adapters = hasAdapters
    ? await readAdapters(directory, { specs: model.parameters })
    : undefined;
  const known = new Set(model.tokenizer.specialTokens);
  if (!known.has(endOfText)) {
    throw new InputError({
      where: join(directory, 'tokenizer.json'),
      expected: `a tokenizer with ${endOfText}, which ends an answer`,
      found: 'one without',
    });
  }
  const count = new Set(specialTokens.filter((token) => !known.has(token))).size;
  const tokenizer = withSpecialTokens(model.tokenizer, specialTokens);
  const added = count > 0 ? { first: model.tokenizer.vocabularySize, count } : undefined;
  const grows = added !== undefined && !isAdapted;
  const rows = grows ? added.first + added.count : 0;
  const decoder = {
    ...model.config,
    vocabularySize: Math.max(model.config.vocabularySize, rows),
  };
  return {
    decoder,
    ...(added && isAdapted && { addedTokens: added }),
    tokenizer,
    headerIds: headerOf(model.chat, tokenizer),
    endIds: model.generation.eosIds,
    baseModel: basename(resolve(directory)),
    async weights({ signal } = {}) {
      await using files = await openModelDirectory(directory);
      const read = await readParameters(files.weights, files.parameters, {
        ...(signal && { signal }),
      });
      const weights = adapters ? mergeLora(read, adapters) : read;
      if (!grows) return weights;
      const { vocabularySize } = decoder;
      return withGrownTables(weights, { vocabularySize, added, seed });
    },
    async storedWeights() {
      await using files = await openModelDirectory(directory);
      const { weights, parameters } = files;
      const stored = Object.keys(parameters).map((name) => [name, weights.stored(name)] as const);
      return {
        ...Object.fromEntries(stored),
        ...(adapters && (await mergedWeights(files, adapters))),
        ...(added && isAdapted && (await addedRows(weights, { added, seed }))),
      };
    },
  };
}

/** Start rows of added tokens, from the table alone. */
async function addedRows(
  weights: TensorSource,
  { added: { first, count }, seed }: { readonly added: AddedTokens; readonly seed: number },
): Promise<Tensors> {
  const { shape } = weights.info(tokenTable);
  const data = await weights.readFloat32(tokenTable);
  const table: TensorData = { dtype: 'float32', shape, data };
  return { [addedTokensName]: initialAddedTokens(table, { count, tokens: first, seed }) };
}

/** `<|im_start|>user` and a line break, as a chat with the user begins. */
const headerOf = (chat: ChatMarkers | undefined, tokenizer: Tokenizer): readonly number[] =>
  chat ? [chat.start.id, ...tokenizer.encode('user\n')] : [];

/** The weights that adapters belong to, with them put in. */
async function mergedWeights(
  { weights, parameters }: { readonly weights: TensorSource; readonly parameters: ParameterSpecs },
  adapters: Adapters,
): Promise<Tensors> {
  const read: Record<string, TensorData> = {};
  for (const { name: projection, shape } of targetedProjections(
    parameters,
    adapters.lora.targets,
  )) {
    const name = `${projection}.weight`;
    read[name] = { dtype: 'float32', shape, data: await weights.readFloat32(name) };
  }
  return mergeLora(read, adapters);
}
