import { join } from 'node:path';

import {
  decoderConfigToJson,
  decoderParameters,
  loraParameters,
  saveTokenizer,
  writeAdapters,
  writeSafetensors,
  type Float32Storage,
} from '@q-anchor/backbone';
import { InputError, makeDirectoryAtomic, writeJson } from '@q-anchor/core';
import { coarseToFine, type TextEncoderConfig } from '@q-anchor/user-tokens';

import { chosenParameters } from './chosen-parameters.js';
import { defaultMaxQueryTokens } from '../model/query-tokens.js';
import { quantisedPrecision } from '../precision/precision.js';
import { fileDigest } from './file-digest.js';
import type { DualTowerModel } from './model.js';
import {
  checkTokenizer,
  digestedFiles,
  layoutNamed,
  modelDigest,
  modelFiles,
  parameterFiles,
} from './model-files.js';
import { modelFormatVersion } from './model-schema.js';
import { writeTextEncoder } from './text-encoder-directory.js';

/** How {@link saveModel} writes. */
export interface SaveModelOptions {
  /**
   * How the matrices of decoder and BERT are stored: half floats are rounded to the nearest. Default
   * `f32`; quantised ones are stored as they are.
   */
  readonly weights?: 'f32' | 'f16' | 'bf16';
}

const storages: Readonly<Record<'f32' | 'f16' | 'bf16', Float32Storage>> = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
};

/**
 * Writes a model directory, whole or not at all; one that is there is replaced.
 *
 * `config.json` and `model.safetensors` are the decoder in Hugging Face's form,
 * `adapter_config.json` and `adapter_model.safetensors` its adapters in PEFT's,
 * `encoder.safetensors` the user encoder, the head and the rows of added tokens, `text-encoder/` a
 * BERT text encoder in those forms too, with its tokenizer, `q-anchor.json` everything else with the
 * SHA-256 of every file and a digest of the whole. `parameters` may hold more than the model's, such
 * as optimiser moments: they are not written. A quantised parameter is stored as its parts, see
 * {@link @q-anchor/backbone#quantise}.
 *
 * @param directory - is made where it is missing
 * @param model - configuration, parameters, tokenizer and fitted features
 * @param options - how large weights are stored
 * @returns the digest of the whole
 * @throws {@link @q-anchor/core#InputError} if a parameter is missing, the tokenizer does not fit, or
 * quantised weights are asked to be half floats
 * @throws {@link @q-anchor/core#ShapeError} if a parameter has another shape than the model's
 * @example
 * ```ts
 * await saveModel('run/model', { config, parameters, collate: { tokenizer, tabular, valueScales } });
 * ```
 */
export async function saveModel(
  directory: string,
  model: DualTowerModel,
  options: SaveModelOptions = {},
): Promise<string> {
  const { config, parameters, collate } = model;
  const { decoder, lora, ...described } = config;
  const { baseModel, endIds } = model;
  const { textEncoder } = config.users;
  const {
    tokenizer,
    textTokenizer,
    tabular,
    valueScales,
    headerIds = [],
    layout = coarseToFine,
  } = collate;
  const { weights = 'f32' } = options;
  const quantised = quantisedPrecision(parameters);
  if (quantised !== 'f32' && weights !== 'f32') {
    throw new InputError({
      where: directory,
      expected: `weights of ${quantised}, as the model has them`,
      found: weights,
    });
  }
  const float32As = storages[weights];
  layoutNamed(layout.name, directory);
  checkTokenizer(config, collate, directory);
  const tensors = Object.entries(parameterFiles(config)).map(
    ([file, specs]) =>
      [file, chosenParameters(parameters, { specs, where: join(directory, file) })] as const,
  );
  const base = decoderParameters(decoder);
  const adapters =
    lora &&
    chosenParameters(parameters, {
      specs: loraParameters(base, lora),
      where: `adapters of ${directory}`,
    });
  const fill = async (temporary: string): Promise<string> => {
    const path = (name: string): string => join(temporary, name);
    await writeJson(path(modelFiles.decoderConfig), decoderConfigToJson(decoder));
    await saveTokenizer(tokenizer, temporary);
    for (const [file, content] of tensors) {
      await writeSafetensors(path(file), content, {
        metadata: { format: 'pt' },
        float32As: (name) =>
          file === modelFiles.decoder && content[name]!.shape.length === 2 ? float32As : 'F32',
      });
    }
    if (adapters) {
      await writeAdapters(temporary, {
        lora,
        adapters,
        specs: base,
        taskType: 'CAUSAL_LM',
        ...(baseModel !== undefined && { baseModel }),
      });
    }
    if (textEncoder?.kind === 'bert') {
      await writeTextEncoder(temporary, {
        config: textEncoder,
        parameters,
        tokenizer: textTokenizer!,
        float32As,
      });
    }
    const digests: Record<string, string> = {};
    for (const name of digestedFiles(config)) digests[name] = await fileDigest(path(name));
    const content = {
      formatVersion: modelFormatVersion,
      ...described,
      weights: quantised === 'f32' ? weights : quantised,
      maxQueryTokens: config.maxQueryTokens ?? defaultMaxQueryTokens,
      users: {
        ...config.users,
        ...(textEncoder && { textEncoder: describedEncoder(textEncoder) }),
      },
      ...(baseModel !== undefined && { baseModel }),
      ...(endIds && { endIds: [...endIds] }),
      layout: layout.name,
      headerIds: [...headerIds],
      tabular,
      valueScales,
      digests,
    } as unknown as Parameters<typeof modelDigest>[0];
    const digest = modelDigest(content);
    await writeJson(path(modelFiles.description), { ...content, digest });
    return digest;
  };
  return makeDirectoryAtomic(directory, { overwrite: true, fill });
}

/** What `q-anchor.json` says of a text encoder: not what stands in the files of its own. */
const describedEncoder = (config: TextEncoderConfig) =>
  config.kind === 'bert' ? { kind: config.kind, pooling: config.pooling } : config;
