import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import {
  decoderConfigFrom,
  decoderParameters,
  initialParameters,
  openCheckpoint,
  parameterInputs,
} from '@q-anchor/backbone';
import { createGraph, type TensorData } from '@q-anchor/graph';

import { configs, goldenPath, numbersOf } from './support/decoder-runs.js';

describe('decoderParameters', () => {
  test.each(['qwen2', 'qwen3'])('are those of a checkpoint: %s', async (name) => {
    const json: unknown = JSON.parse(await readFile(goldenPath(`${name}/config.json`), 'utf8'));
    const specs = decoderParameters(decoderConfigFrom(json));
    await using checkpoint = await openCheckpoint(goldenPath(name));
    expect(Object.keys(specs).toSorted()).toEqual(checkpoint.names);
    for (const stored of checkpoint.names) {
      expect([stored, specs[stored]!.shape]).toEqual([stored, checkpoint.info(stored).shape]);
    }
  });

  test('have an output layer of their own only where it is not tied', () => {
    expect(decoderParameters(configs.qwen2)).not.toHaveProperty(['lm_head.weight']);
    expect(decoderParameters({ ...configs.qwen2, tiedEmbeddings: false })).toHaveProperty([
      'lm_head.weight',
    ]);
  });
});

describe('initialParameters', () => {
  const config = { ...configs.qwen3, width: 64, feedForwardSize: 96, vocabularySize: 200 };
  const specs = decoderParameters(config);
  const initial = initialParameters(specs, { seed: 5, layers: 4, embeddingDeviation: 0.1 });

  const momentsOf = (tensor: TensorData): { readonly mean: number; readonly deviation: number } => {
    const values = numbersOf(tensor);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) };
  };

  test.each([
    ['model.embed_tokens.weight', 0.1],
    ['lm_head.weight', 1 / 8],
    ['model.layers.0.self_attn.q_proj.weight', 1 / 8],
    ['model.layers.1.mlp.up_proj.weight', 1 / 8],
    ['model.layers.1.self_attn.o_proj.weight', 1 / Math.sqrt(24 * 2 * 4)],
    ['model.layers.2.mlp.down_proj.weight', 1 / Math.sqrt(96 * 2 * 4)],
  ])('have mean 0 and the deviation stated: %s', (name, deviation) => {
    const moments = momentsOf(initial[name]!);
    const count = specs[name]!.shape.reduce((a, b) => a * b, 1);
    // Five standard errors.
    expect(Math.abs(moments.mean)).toBeLessThan((5 * deviation) / Math.sqrt(count));
    expect(Math.abs(moments.deviation / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * count));
  });

  test('have norms of 1 and biases of 0', () => {
    const both = initialParameters(decoderParameters(configs.qwen2), { seed: 5 });
    const norm = numbersOf(both['model.layers.0.input_layernorm.weight']!);
    const bias = numbersOf(both['model.layers.0.self_attn.k_proj.bias']!);
    expect(new Set(norm)).toEqual(new Set([1]));
    expect(new Set(bias)).toEqual(new Set([0]));
  });

  test('are the same for the same seed, others for another', () => {
    expect(initialParameters(specs, { seed: 5, layers: 4, embeddingDeviation: 0.1 })).toEqual(
      initial,
    );
    const other = initialParameters(specs, { seed: 6, layers: 4, embeddingDeviation: 0.1 });
    const name = 'model.layers.0.mlp.gate_proj.weight';
    expect(other[name]).not.toEqual(initial[name]);
  });

  test('depend on the name and nothing beside it', () => {
    // Without the embedding, which is drawn first, the rest must stay as it was.
    const { 'model.embed_tokens.weight': _first, ...rest } = specs;
    const { 'model.embed_tokens.weight': _drawn, ...expected } = initial;
    expect(initialParameters(rest, { seed: 5, layers: 4, embeddingDeviation: 0.1 })).toEqual(
      expected,
    );
    const layer = (i: number) => initial[`model.layers.${i}.mlp.gate_proj.weight`]!;
    expect(layer(0).data).not.toEqual(layer(1).data);
  });
});

describe('parameterInputs', () => {
  test('declares every parameter, and knows no other', () => {
    const graph = createGraph();
    const specs = decoderParameters(configs.qwen2);
    const lookup = parameterInputs(graph, specs, { dtype: 'float64' });
    expect([...lookup.tensors.keys()]).toEqual(Object.keys(specs));
    expect(graph.inputs.map(({ name }) => name)).toEqual(Object.keys(specs));
    expect(lookup('model.norm.weight')).toMatchObject({ dtype: 'float64', shape: [20] });
    expect(() => lookup('lm_head.weight')).toThrow(/parameter 'lm_head\.weight'/);
  });
});
