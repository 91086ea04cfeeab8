import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  adapterFiles,
  decoderConfigFrom,
  decoderParameters,
  loadTokenizer,
  readAdapters,
} from '@q-anchor/backbone';
import type { Weights } from '@q-anchor/backend';
import { InputError, parsedBy, readJson } from '@q-anchor/core';
import type { StoredTensor, TensorData } from '@q-anchor/graph';
import {
  checkUserTokensConfig,
  tabularFeatureCount,
  type UserTokensConfig,
} from '@q-anchor/user-tokens';

import type { DualTowerConfig } from '../model/config.js';
import { quantisedPrecision, type WeightPrecision } from '../precision/precision.js';
import { fileDigest } from './file-digest.js';
import type { DualTowerModel, ServedModel } from './model.js';
import {
  checkTokenizer,
  digestedFiles,
  layoutNamed,
  modelDigest,
  modelFiles,
  parameterFiles,
} from './model-files.js';
import { headerSchema, modelFileSchema, type ModelFile } from './model-schema.js';
import { parametersIn, type TensorReader } from './parameters-in.js';
import { savedTextEncoder } from './saved-text-encoder.js';
import { textEncoderFolder, type LoadedTextEncoder } from './text-encoder-directory.js';

/** A model read from a directory. */
export interface LoadedModel extends DualTowerModel {
  /** Digest of the whole: equal for equal models. */
  readonly digest: string;
  /** How its large weights are stored; half floats are float32 once read. */
  readonly weights: WeightPrecision;
}

/** A model whose weights stay in their files, for engines to map. */
export type OpenedModel = ServedModel & Omit<LoadedModel, 'parameters'>;

/**
 * Reads a model directory: all that embedding a user or further training takes.
 *
 * @param directory - as {@link saveModel} wrote it
 * @throws {@link @q-anchor/core#InputError} if a file is missing or changed, the format version is
 * another, a tensor is missing, extra or of another shape, or the tokenizer does not fit the model
 * @example
 * ```ts
 * const embedder = await createEmbedder(engine, await loadModel('run/model'));
 * ```
 */
export async function loadModel(directory: string): Promise<LoadedModel> {
  return await modelIn(directory, async (source, name) => {
    const { shape, dtype } = source.info(name);
    return dtype === 'U8'
      ? await source.read(name)
      : { dtype: 'float32', shape, data: await source.readFloat32(name) };
  });
}

/**
 * Opens a model directory for embedding or answering: as {@link loadModel}, but the weights of
 * decoder, text and user encoder and head are left in their files, which must not change as long as the model
 * is used. An engine maps them, so that they stand in memory once.
 *
 * @param directory - as {@link saveModel} wrote it
 * @throws {@link @q-anchor/core#InputError} as {@link loadModel}
 * @example
 * ```ts
 * const embedder = await createEmbedder(engine, await openModel('run/model'));
 * ```
 */
export async function openModel(directory: string): Promise<OpenedModel> {
  return await modelIn<TensorData | StoredTensor>(directory, async (source, name) =>
    source.stored(name),
  );
}

async function modelIn<T extends TensorData | StoredTensor>(
  directory: string,
  reader: TensorReader<T | TensorData>,
): Promise<
  Omit<LoadedModel, 'parameters'> & { readonly parameters: Record<string, T | TensorData> }
> {
  await checkDirectory(directory);
  const path = (name: string): string => join(directory, name);
  const description = path(modelFiles.description);
  const json = await readJson(description);
  parsedBy(json, { schema: headerSchema, where: description });
  const file = parsedBy(json, { schema: modelFileSchema, where: description });
  const decoder = decoderConfigFrom(
    await readJson(path(modelFiles.decoderConfig)),
    path(modelFiles.decoderConfig),
  );
  const { head, embedding, contrastive, users, contrastiveWeight, questionMean, start } = file;
  const { nextTokenWeight, nextTokenReduction } = file;
  const { addedTokens, baseModel, endIds, maxQueryTokens } = file;
  const adapted = Object.hasOwn(file.digests, adapterFiles.config)
    ? await readAdapters(directory, { specs: decoderParameters(decoder) })
    : undefined;
  const text =
    users.textEncoder?.kind === 'bert'
      ? await savedTextEncoder(path(textEncoderFolder), {
          pooling: users.textEncoder.pooling,
          reader,
        })
      : undefined;
  const config: DualTowerConfig = {
    decoder,
    users: userTokensConfig(users, text),
    head,
    ...(embedding && { embedding }),
    ...(questionMean && { questionMean }),
    ...(start && { start }),
    contrastive,
    ...(contrastiveWeight !== undefined && { contrastiveWeight }),
    nextTokenWeight,
    nextTokenReduction,
    ...(maxQueryTokens !== undefined && { maxQueryTokens }),
    ...(adapted && { lora: adapted.lora }),
    ...(addedTokens && { addedTokens }),
  };
  checkUserTokensConfig(config.users);
  checkSizes(config, file, description);
  const tokenizer = await loadTokenizer(directory);
  const collate = {
    tokenizer,
    ...(text && { textTokenizer: text.tokenizer }),
    tabular: file.tabular,
    valueScales: file.valueScales,
    headerIds: file.headerIds,
    layout: layoutNamed(file.layout, description),
  };
  checkTokenizer(config, collate, path(modelFiles.tokenizer));
  const parameters: Record<string, T | TensorData> = {
    ...adapted?.adapters,
    ...text?.parameters,
  };
  for (const [name, specs] of Object.entries(parameterFiles(config))) {
    Object.assign(parameters, await parametersIn(path(name), { specs, reader }));
  }
  const weights = weightsSaid(file, { parameters, where: description });
  await checkDigests(directory, { file, config });
  const { digest } = file;
  return {
    config,
    parameters,
    collate,
    digest,
    weights,
    ...(baseModel !== undefined && { baseModel }),
    ...(endIds && { endIds }),
  };
}

/** The precision that the description names, which must be that of the parameters. */
function weightsSaid(
  { weights = 'f32' }: ModelFile,
  { parameters, where }: { readonly parameters: Weights; readonly where: string },
): WeightPrecision {
  const found = quantisedPrecision(parameters);
  const expected = weights === 'int8' || weights === 'int4' ? weights : 'f32';
  if (found === expected) return weights;
  throw new InputError({
    where: `${where}, key 'weights'`,
    expected: `${found}, as in the files`,
    found: weights,
  });
}

function userTokensConfig(
  { textEncoder: described, ...users }: ModelFile['users'],
  text: Pick<LoadedTextEncoder, 'config'> | undefined,
): UserTokensConfig {
  const textEncoder = text?.config ?? (described?.kind === 'bert' ? undefined : described);
  return { ...users, ...(textEncoder && { textEncoder }) };
}

async function checkDirectory(directory: string): Promise<void> {
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isDirectory) return;
  throw new InputError({ where: directory, expected: 'a model directory', found: 'none' });
}

/** The parts of the description must agree with each other and with the decoder. */
function checkSizes({ decoder, users }: DualTowerConfig, file: ModelFile, where: string): void {
  const rules: readonly (readonly [string, number, number])[] = [
    ['users.width', decoder.width, users.width],
    ['users.tabularFeatures', tabularFeatureCount(file.tabular), users.tabularFeatures],
  ];
  for (const [key, expected, found] of rules) {
    if (expected !== found) {
      throw new InputError({
        where: `${where}, key '${key}'`,
        expected: `${expected}`,
        found: `${found}`,
      });
    }
  }
}

async function checkDigests(
  directory: string,
  { file, config }: { readonly file: ModelFile; readonly config: DualTowerConfig },
): Promise<void> {
  const { digest, ...content } = file;
  const fix = 'A file was changed or mixed up with that of another model';
  const check = (where: string, expected: string, found: string): void => {
    if (expected !== found) {
      throw new InputError({ where, expected: `digest ${expected}`, found, fix });
    }
  };
  const files = digestedFiles(config);
  const lost = Object.keys(file.digests).find((name) => !files.includes(name));
  if (lost !== undefined) {
    // Adapters lie beside what they adapt: without their file there is a model, another one.
    throw new InputError({ where: join(directory, lost), expected: 'a file', found: 'none', fix });
  }
  for (const name of files) {
    const path = join(directory, name);
    check(path, file.digests[name] ?? 'of the file', await fileDigest(path));
  }
  check(join(directory, modelFiles.description), digest, modelDigest(content));
}
