import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, readOptionalJson, readOptionalText } from '@q-anchor/core';

import type { BertConfig } from '../bert/config.js';
import type { BertPooling } from '../bert/pooled.js';
import type { DecoderConfig } from '../decoder/config.js';
import type { ParameterSpecs } from '../decoder/parameters.js';
import type { TensorSource } from '../safetensors/tensor-source.js';
import type { Tokenizer } from '../tokenizer/create-tokenizer.js';
import { loadTokenizer } from '../tokenizer/tokenizer-files.js';
import { architectureOf, type Architecture } from './architecture.js';
import { directoryWeights, refusePickles } from './directory-weights.js';
import { readGenerationDefaults, type GenerationDefaults } from './generation-defaults.js';
import { poolingOf } from './pooling.js';
import {
  configuredTokenizer,
  type ChatMarkers,
  type ConfiguredTokenizer,
  type SpecialTokens,
} from './special-tokens.js';

/** What every model directory has. */
export interface ModelDirectoryFiles extends AsyncDisposable {
  /** The directory. */
  readonly path: string;
  /** Shapes of the parameters by name. */
  readonly parameters: ParameterSpecs;
  /** The tokenizer; its ids are rows of the embedding table. */
  readonly tokenizer: Tokenizer;
  /** Special tokens by what they are for. */
  readonly specialTokens: SpecialTokens;
  /** The stored tensors under the model's names, checked against `parameters`; see {@link readParameters}. */
  readonly weights: TensorSource;
  /** Closes the weights. */
  close(): Promise<void>;
}

/** A directory of a Qwen2 or Qwen3 decoder. */
export interface DecoderDirectory extends ModelDirectoryFiles {
  /** Tells the kinds apart. */
  readonly kind: 'decoder';
  /** The decoder's shape. */
  readonly config: DecoderConfig;
  /** What stands around a chat's messages; undefined for a model that has no such template. */
  readonly chat: ChatMarkers | undefined;
  /** How the model wants its text drawn. */
  readonly generation: GenerationDefaults;
}

/** A directory of a BERT text encoder. */
export interface BertDirectory extends ModelDirectoryFiles {
  /** Tells the kinds apart. */
  readonly kind: 'bert';
  /** The encoder's shape. */
  readonly config: BertConfig;
  /** How one vector is made of a text, where a file of sentence-transformers says so. */
  readonly pooling: BertPooling | undefined;
}

/** An opened model directory in Hugging Face's form. */
export type ModelDirectory = DecoderDirectory | BertDirectory;

/**
 * Opens a model directory in Hugging Face's form: `config.json`, `tokenizer.json` and the files beside
 * it, `generation_config.json`, and weights in safetensors, one file or shards. Headers are read and
 * checked against the configuration; values only by {@link readParameters}. Nothing of a directory is
 * ever executed: pickles, code and chat templates are not run.
 *
 * @param path - the directory
 * @throws {@link @q-anchor/core#InputError} if a file is missing or wrong, the architecture is not a
 * known one, the weights are not safetensors or not those of the configuration, or the tokenizer has
 * more ids than the embedding table has rows
 * @example
 * ```ts
 * await using model = await openModelDirectory('Qwen2.5-0.5B-Instruct');
 * if (model.kind === 'decoder') model.chat?.end.token; // '<|im_end|>'
 * ```
 */
export async function openModelDirectory(path: string): Promise<ModelDirectory> {
  const files = await filesOf(path);
  const configPath = join(path, 'config.json');
  const json = await readOptionalJson(configPath);
  if (json === undefined) {
    throw new InputError({
      where: configPath,
      expected: 'a model’s config.json',
      found: 'no file',
    });
  }
  const architecture = architectureOf(json, configPath);
  refusePickles(path, files);
  const tokens = await tokensOf(path);
  const { tokenizer, specialTokens, chat } = tokens;
  checkSizes(path, architecture, tokenizer);
  const pooling = architecture.kind === 'bert' ? await poolingOf(path) : undefined;
  const generation =
    architecture.kind === 'decoder'
      ? await readGenerationDefaults(path, {
          config: json,
          specialTokens,
          vocabularySize: architecture.config.vocabularySize,
        })
      : undefined;
  const weights = await directoryWeights(path, architecture);
  const shared = {
    path,
    parameters: architecture.parameters,
    tokenizer,
    specialTokens,
    weights,
    close: () => weights.close(),
    [Symbol.asyncDispose]: () => weights.close(),
  };
  return architecture.kind === 'bert'
    ? { kind: 'bert', config: architecture.config, pooling, ...shared }
    : { kind: 'decoder', config: architecture.config, chat, generation: generation!, ...shared };
}

async function filesOf(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      {
        where: path,
        expected: 'a model directory',
        found: code === 'ENOENT' ? 'nothing there' : message,
        fix: 'q-anchor pull NAME --out DIR fetches one',
      },
      { cause: error },
    );
  }
}

async function tokensOf(path: string): Promise<ConfiguredTokenizer> {
  return configuredTokenizer(await loadTokenizer(path), {
    where: path,
    config: await readOptionalJson(join(path, 'tokenizer_config.json')),
    map: await readOptionalJson(join(path, 'special_tokens_map.json')),
    template: await readOptionalText(join(path, 'chat_template.jinja')),
  });
}

function checkSizes(path: string, { config }: Architecture, tokenizer: Tokenizer): void {
  if (tokenizer.vocabularySize <= config.vocabularySize) return;
  throw new InputError({
    where: join(path, 'tokenizer.json'),
    expected: `ids below ${config.vocabularySize}, the embedding table's rows (vocab_size of config.json)`,
    found: `ids up to ${tokenizer.vocabularySize - 1}`,
    fix: 'Tokenizer and weights belong to different models',
  });
}
