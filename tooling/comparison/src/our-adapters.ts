import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import {
  loraParameters,
  mergeLora,
  openModelDirectory,
  readAdapters,
  readParameters,
  writeAdapters,
  writeSafetensors,
  type LoraConfig,
} from '@q-anchor/backbone';
import { createRandom } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

/**
 * B's deviation is this over the root of the rank: updates are about as large as the weights. At four
 * times that, attention saturates, and float32's rounding alone is above the tolerance on either side.
 */
export const strengthOfB = 0.25;

/** Writes adapters with our own code, both factors random. */
export async function writeRandomAdapters(
  directory: string,
  options: { readonly model: string; readonly lora: LoraConfig; readonly seed: number },
): Promise<void> {
  const { lora, seed } = options;
  await using model = await openModelDirectory(options.model);
  const specs = model.parameters;
  const adapters = Object.fromEntries(
    Object.entries(loraParameters(specs, lora)).map(([name, { shape }]) => {
      const random = createRandom(seed).fork(name);
      const strength = name.includes('.lora_B.') ? strengthOfB : 1;
      const deviation = strength / Math.sqrt(shape[1]!);
      const data = Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.normal());
      const tensor: TensorData = { dtype: 'float32', shape, data: data.map((v) => v * deviation) };
      return [name, tensor];
    }),
  );
  await mkdir(directory, { recursive: true });
  const taskType = model.kind === 'bert' ? 'FEATURE_EXTRACTION' : 'CAUSAL_LM';
  await writeAdapters(directory, { lora, adapters, specs, taskType, baseModel: options.model });
}

/** Writes a model with adapters put into its weights, in Hugging Face form. */
export async function writeMerged(
  directory: string,
  options: { readonly model: string; readonly adapter: string },
): Promise<void> {
  await using model = await openModelDirectory(options.model);
  const specs = model.parameters;
  const weights = await readParameters(model.weights, specs);
  const merged = mergeLora(weights, await readAdapters(options.adapter, { specs }));
  await mkdir(directory, { recursive: true });
  const files = await readdir(options.model);
  for (const file of files.filter((name) => name.endsWith('.json') && !name.includes('.index.'))) {
    await copyFile(join(options.model, file), join(directory, file));
  }
  await writeSafetensors(join(directory, 'model.safetensors'), merged, {
    metadata: { format: 'pt' },
  });
}
