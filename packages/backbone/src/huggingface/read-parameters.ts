import { InputError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import type { ParameterSpecs } from '../decoder/parameters.js';
import type { TensorSource } from '../safetensors/tensor-source.js';

/** Buffers that some versions of `transformers` save, and parts that take no part here. */
const isPassedOver = (name: string): boolean => /(?:^|\.)(?:position_ids|inv_freq)$/.test(name);

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 4).join(', ')}${names.length > 4 ? `, ... (${names.length})` : ''}`;

/**
 * Checks by the headers alone that a checkpoint holds a model's parameters: each is there, of its
 * shape, floating; and no other tensor stands in a part of the model that has parameters, since a
 * model that leaves it out would compute something else. Heads on top and buffers are passed over.
 *
 * @param source - the checkpoint
 * @param specs - shapes by name
 * @throws {@link @q-anchor/core#InputError} naming file, tensor, what was expected and found
 */
export function checkParameters(source: TensorSource, specs: ParameterSpecs): void {
  const fix = 'config.json and the weights may belong to different models';
  const missing = Object.keys(specs).filter((name) => !source.has(name));
  if (missing.length > 0) {
    const [first] = missing as [string];
    throw new InputError({
      where: source.where(first),
      expected: `a tensor [${specs[first]!.shape.join(', ')}]`,
      found: `no tensor of that name among ${source.names.length}; missing: ${listed(missing)}`,
      fix:
        first === 'lm_head.weight'
          ? 'If the output layer is the embedding table, config.json has "tie_word_embeddings": true'
          : fix,
    });
  }
  const parts = new Set(Object.keys(specs).map(partOf));
  const extra = source.names.filter(
    (name) => !Object.hasOwn(specs, name) && parts.has(partOf(name)) && !isPassedOver(name),
  );
  if (extra.length > 0) {
    throw new InputError({
      where: source.where(extra[0]!),
      expected: 'only tensors that the model of config.json has',
      found: `tensors it has no place for: ${listed(extra)}`,
      fix,
    });
  }
  for (const [name, { shape }] of Object.entries(specs)) {
    const found = source.info(name);
    if (found.shape.join() !== shape.join()) {
      throw new InputError({
        where: source.where(name),
        expected: `shape [${shape.join(', ')}]`,
        found: `[${found.shape.join(', ')}]`,
        fix,
      });
    }
    if (!['F64', 'F32', 'F16', 'BF16'].includes(found.dtype)) {
      throw new InputError({
        where: source.where(name),
        expected: 'a floating dtype: F64, F32, F16 or BF16',
        found: found.dtype,
      });
    }
  }
}

/** The first word of a parameter's name: which part of the model it is in. */
const partOf = (name: string): string => name.split('.', 1)[0]!;

/** Settings of {@link readParameters}. */
export interface ReadParametersOptions {
  /**
   * `'float32'` (default) widens half floats, exactly; `'stored'` keeps F16 as its bits (BF16, which
   * has no type in memory, is widened).
   */
  readonly as?: 'float32' | 'stored';
  /** Is told how many parameters are read, out of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops between two tensors. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a model's parameters from a checkpoint, tensor by tensor and each by its range of bytes: the
 * memory held is that of the values returned, and of no more than one tensor beside them.
 *
 * @param source - the checkpoint, see {@link openModelDirectory}
 * @param specs - shapes by name
 * @returns values by name, in the order of `specs`
 * @throws {@link @q-anchor/core#InputError} as {@link checkParameters}, or if bytes are missing
 * @example
 * ```ts
 * await using model = await openModelDirectory('Qwen2.5-0.5B-Instruct');
 * const weights = await readParameters(model.weights, model.parameters);
 * ```
 */
export async function readParameters(
  source: TensorSource,
  specs: ParameterSpecs,
  options: ReadParametersOptions = {},
): Promise<Record<string, TensorData>> {
  const { as = 'float32', onProgress, signal } = options;
  checkParameters(source, specs);
  const names = Object.keys(specs);
  const parameters: Record<string, TensorData> = {};
  for (const [index, name] of names.entries()) {
    signal?.throwIfAborted();
    parameters[name] =
      as === 'stored'
        ? await source.read(name)
        : {
            dtype: 'float32',
            shape: specs[name]!.shape,
            data: await source.readFloat32(name),
          };
    onProgress?.(index + 1, names.length);
  }
  return parameters;
}
