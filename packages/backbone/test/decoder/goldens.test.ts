import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import {
  decoderConfigFrom,
  decoderParameters,
  loraParameters,
  openCheckpoint,
  openSafetensors,
  type ParameterSpecs,
  type TensorSource,
} from '@q-anchor/backbone';
import type { FloatDType, TensorData } from '@q-anchor/graph';

import { goldenPath, relativeError, run, tensorOf } from './support/decoder-runs.js';

interface Expected {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly base: { readonly last_hidden_state: number[][][] };
  readonly lora: { readonly last_hidden_state: number[][][] };
}

const read = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(goldenPath(name), 'utf8'));

async function weightsOf(
  source: TensorSource,
  { specs, dtype }: { readonly specs: ParameterSpecs; readonly dtype: FloatDType },
): Promise<Record<string, TensorData>> {
  const weights: Record<string, TensorData> = {};
  for (const [name, { shape }] of Object.entries(specs)) {
    weights[name] = tensorOf(dtype, [shape, await source.readFloat32(name)]);
  }
  return weights;
}

describe.each(['qwen2', 'qwen3'])('hidden states of the %s golden', (name) => {
  test.each([
    ['float32', 1e-5],
    ['float64', 1e-12],
  ] as const)('in %s', async (dtype, tolerance) => {
    const config = decoderConfigFrom(await read(`${name}/config.json`));
    const expected = (await read(`${name}/expected.json`)) as Expected;
    const adapter = (await read(`${name}/adapter_config.json`)) as {
      readonly r: number;
      readonly lora_alpha: number;
      readonly target_modules: string[];
    };
    const lora = {
      rank: adapter.r,
      dropout: 0,
      alpha: adapter.lora_alpha,
      targets: adapter.target_modules,
    };
    const specs = decoderParameters(config);
    const loraSpecs = loraParameters(specs, lora);
    await using model = await openCheckpoint(goldenPath(name));
    await using adapters = await openSafetensors(goldenPath(`${name}/adapter_model.safetensors`));
    expect(Object.keys(loraSpecs).toSorted()).toEqual(adapters.names);

    const tokens = {
      ids: expected.input_ids,
      segments: expected.attention_mask.map((row) => row.map((isValid) => isValid - 1)),
    };
    const base = await weightsOf(model, { specs, dtype });
    const adapted = { ...base, ...(await weightsOf(adapters, { specs: loraSpecs, dtype })) };
    const valid = (states: readonly (readonly (readonly number[])[])[]): number[] =>
      states.flatMap((row, b) =>
        row.flatMap((state, t) => (expected.attention_mask[b]![t] === 1 ? state : [])),
      );
    const plain = await run({ config, weights: base, tokens, dtype });
    const tuned = await run({ config, weights: adapted, tokens, dtype, lora });
    const golden = [expected.base, expected.lora].map((part) => valid(part.last_hidden_state));
    expect(relativeError(valid(plain.hidden), golden[0]!)).toBeLessThan(tolerance);
    expect(relativeError(valid(tuned.hidden), golden[1]!)).toBeLessThan(tolerance);
  });
});
