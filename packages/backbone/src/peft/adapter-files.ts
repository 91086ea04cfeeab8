import { join } from 'node:path';

import { InputError, readJson, ShapeError, writeJson } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import type { ParameterSpecs } from '../decoder/parameters.js';
import type { LoraConfig } from '../lora/config.js';
import { loraParameters } from '../lora/parameters.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { loraConfigFrom, loraConfigToJson, type PeftTask } from './adapter-config.js';
import { poolerFactors, targetsWritten } from './pooler.js';

/** The names PEFT gives its two files. */
export const adapterFiles = {
  config: 'adapter_config.json',
  weights: 'adapter_model.safetensors',
} as const;

/** Adapters with their values. */
export interface Adapters {
  /** Rank, strength, targets. */
  readonly lora: LoraConfig;
  /** Both factors of each projection, under PEFT's names. */
  readonly adapters: Readonly<Record<string, TensorData>>;
}

/**
 * Reads adapters in PEFT's form. Those of BERT's pooler, which a target `dense` names as well, are
 * passed over: hidden states don't go through it.
 *
 * @param directory - holds `adapter_config.json` and `adapter_model.safetensors`
 * @param options - the parameters of the model they belong to
 * @throws {@link InputError} if a file is missing or unreadable, asks for more than plain LoRA, or
 * lacks a tensor, has another, or one of another shape than the model's
 */
export async function readAdapters(
  directory: string,
  options: { readonly specs: ParameterSpecs },
): Promise<Adapters> {
  const { specs } = options;
  const where = join(directory, adapterFiles.config);
  const lora = loraConfigFrom(await readJson(where), { specs, where });
  const expected = loraParameters(specs, lora);
  const path = join(directory, adapterFiles.weights);
  await using source = await openSafetensors(path);
  const above = poolerFactors(specs);
  const stray = source.names.find(
    (name) => !Object.hasOwn(expected, name) && !above.includes(name),
  );
  if (stray !== undefined) {
    throw new InputError({
      where: `${path}: tensor ${stray}`,
      expected: 'factors of the projections that target_modules names, and nothing else',
      found: 'a tensor that is none of them',
    });
  }
  const adapters: Record<string, TensorData> = {};
  for (const [name, { shape }] of Object.entries(expected)) {
    const found = source.info(name).shape;
    if (found.join() !== shape.join()) {
      throw new InputError({
        where: `${path}: tensor ${name}`,
        expected: `shape [${shape.join(', ')}]`,
        found: `[${found.join(', ')}]`,
        fix: 'Take the model the adapters were trained on',
      });
    }
    adapters[name] = { dtype: 'float32', shape, data: await source.readFloat32(name) };
  }
  return { lora, adapters };
}

/**
 * Writes adapters so that PEFT loads them, each file whole or not at all.
 *
 * @param directory - is made where it is missing
 * @param options - adapters (others among the tensors are passed over), the parameters of the model
 * they belong to, its task, and its name or path where that is known
 * @throws {@link InputError} if a factor is missing
 * @throws {@link ShapeError} if one does not fit the model
 */
export async function writeAdapters(
  directory: string,
  options: Adapters & {
    readonly specs: ParameterSpecs;
    readonly taskType: PeftTask;
    readonly baseModel?: string;
  },
): Promise<void> {
  const { lora, adapters, specs } = options;
  const path = join(directory, adapterFiles.weights);
  const tensors = Object.fromEntries(
    Object.entries(loraParameters(specs, lora)).map(([name, { shape }]) => {
      const tensor = adapters[name];
      const where = `${path}: tensor ${name}`;
      if (!tensor) throw new InputError({ where, expected: 'a factor', found: 'none' });
      if (tensor.shape.join() !== shape.join()) throw new ShapeError(where, shape, tensor.shape);
      return [name, tensor];
    }),
  );
  await writeSafetensors(path, tensors, { metadata: { format: 'pt' } });
  const targets = targetsWritten(specs, lora.targets);
  const json = loraConfigToJson({ ...lora, targets }, options);
  await writeJson(join(directory, adapterFiles.config), json);
}
