import { describe, expect, test } from 'vitest';

import {
  decoder,
  decoderParameters,
  dequantiseParameter,
  loraParameters,
  nextTokenLogits,
  outputWeight,
  parameterInputs,
  quantise,
  quantisedFormats,
  tokenEmbeddings,
  withFormats,
  type LoraConfig,
} from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { createGraph, type TensorData } from '@q-anchor/graph';

import { configs, drawnWeights, engine } from '../decoder/support/decoder-runs.js';

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe.each(['int8', 'int4'] as const)('a decoder of %s', (precision) => {
  const format = quantisedFormats[precision];
  const config = { ...configs.qwen2, tiedEmbeddings: true };
  const specs = decoderParameters(config);
  const plain = drawnWeights(specs, { dtype: 'float32' });
  const quantised: Record<string, TensorData> = {};
  const rounded: Record<string, TensorData> = {};
  for (const [name, { shape }] of Object.entries(specs)) {
    const tensor = plain[name]!;
    if (shape.length === 2) {
      const parts = quantise(name, tensor, format);
      Object.assign(quantised, parts);
      rounded[name] = dequantiseParameter(parts, { name, shape, format });
    } else quantised[name] = rounded[name] = tensor;
  }

  const run = async (weights: Tensors, lora?: LoraConfig): Promise<Tensors> => {
    const graph = createGraph();
    const all = { ...specs, ...(lora && loraParameters(specs, lora)) };
    const lookup = parameterInputs(graph, withFormats(all, weights));
    const input = (name: string) => graph.input(name, ['batch', 'time'], 'int64');
    const embeddings = tokenEmbeddings(lookup, input('ids'));
    const layout = { segments: input('segments'), positions: input('positions') };
    const { hidden } = decoder(lookup, { config, embeddings, layout, ...(lora && { lora }) });
    graph.output('embeddings', embeddings);
    graph.output('hidden', hidden);
    graph.output('logits', nextTokenLogits(lookup, { config, hidden }));
    await using program = await engine.compile(graph, { weights });
    const int64 = (...values: bigint[]): TensorData => ({
      dtype: 'int64',
      shape: [2, 3],
      data: BigInt64Array.from(values),
    });
    return await program.run({
      ids: int64(1n, 2n, 29n, 0n, 7n, 7n),
      segments: int64(0n, 0n, 0n, 0n, 0n, 0n),
      positions: int64(0n, 1n, 2n, 0n, 1n, 2n),
    });
  };

  test('is the decoder of the numbers that its weights stand for', async () => {
    const [ours, exact] = [await run(quantised), await run(rounded)];
    expect(ours['embeddings']).toEqual(exact['embeddings']);
    for (const name of ['hidden', 'logits']) {
      expect(ours[name]!.shape).toEqual(exact[name]!.shape);
      const [a, b] = [ours[name]!.data as Float32Array, exact[name]!.data as Float32Array];
      // Its products round their inputs to eight bits as well.
      expect(cosine(a, b)).toBeGreaterThan(0.999);
    }
  });

  test('is near the decoder it was made of', async () => {
    const [ours, original] = [await run(quantised), await run(plain)];
    const [a, b] = [ours, original].map((outputs) => outputs['hidden']!.data as Float32Array);
    expect(cosine(a!, b!)).toBeGreaterThan(precision === 'int8' ? 0.999 : 0.97);
    expect([...a!]).not.toEqual([...b!]);
  });

  test.each(['q_proj', 'k_proj', 'v_proj'])('has an adapter of %s beside it', async (target) => {
    const lora: LoraConfig = { rank: 2, alpha: 4, dropout: 0, targets: [target] };
    const adapters = drawnWeights(loraParameters(specs, lora), { dtype: 'float32' });
    const [ours, exact, without] = [
      await run({ ...quantised, ...adapters }, lora),
      await run({ ...rounded, ...adapters }, lora),
      await run(quantised),
    ].map(({ hidden }) => hidden!.data as Float32Array) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    expect(cosine(ours, exact)).toBeGreaterThan(0.999);
    expect(cosine(ours, without)).toBeLessThan(0.998);
  });

  test('has no weights to train', () => {
    const lookup = parameterInputs(createGraph(), withFormats(specs, quantised));
    expect(() => outputWeight(lookup, config)).toThrow(InputError);
    expect(() => lookup('model.embed_tokens.weight')).toThrow(`${format.bits} bits`);
    expect(lookup.quantised?.('model.norm.weight')).toBeUndefined();
  });
});
