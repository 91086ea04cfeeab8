import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { decoderConfigFrom, decoderConfigToJson } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import { configs, goldenPath } from './support/decoder-runs.js';

const readConfig = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(goldenPath(`${name}/config.json`), 'utf8')) as Record<string, unknown>;
const json = await readConfig('qwen3');

describe('decoderConfigFrom', () => {
  test('reads the goldens', async () => {
    expect(decoderConfigFrom(json)).toEqual({
      architecture: 'qwen3',
      vocabularySize: 44,
      width: 20,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      headSize: 8,
      feedForwardSize: 36,
      normEpsilon: 1e-6,
      rotaryBase: 10000,
      tiedEmbeddings: false,
      attentionBias: false,
      maxPositions: 4096,
    });
    expect(decoderConfigFrom(await readConfig('qwen2'))).toMatchObject({
      architecture: 'qwen2',
      headSize: 4,
      rotaryBase: 1e6,
      tiedEmbeddings: true,
      attentionBias: true,
    });
  });

  test.each(Object.entries(configs))('reads back what it writes: %s', (_, config) => {
    expect(decoderConfigFrom(decoderConfigToJson(config))).toEqual(config);
  });

  test('fills in what files leave out', () => {
    const { head_dim: _size, num_key_value_heads: _heads, rope_theta: _base, ...rest } = json;
    expect(decoderConfigFrom({ ...rest, hidden_size: 24 })).toMatchObject({
      headSize: 6,
      keyValueHeads: 4,
      rotaryBase: 10000,
    });
  });

  test('finds the rotary base where newer files keep it', () => {
    const { rope_theta: _base, ...rest } = json;
    const parameters = { rope_theta: 500000, rope_type: 'default' };
    expect(decoderConfigFrom({ ...rest, rope_parameters: parameters }).rotaryBase).toBe(500000);
    expect(decoderConfigFrom({ ...json, rope_scaling: null }).rotaryBase).toBe(10000);
  });

  const without = (key: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));

  test.each([
    ['model_type', { ...json, model_type: 'llama' }, '"llama"'],
    ['hidden_size', without('hidden_size'), 'nothing'],
    ['num_hidden_layers', { ...json, num_hidden_layers: 0 }, '0'],
    ['vocab_size', { ...json, vocab_size: 10.5 }, '10.5'],
    ['intermediate_size', { ...json, intermediate_size: '36' }, '"36"'],
    ['rms_norm_eps', { ...json, rms_norm_eps: -1 }, '-1'],
    ['tie_word_embeddings', { ...json, tie_word_embeddings: 'yes' }, '"yes"'],
    ['hidden_act', { ...json, hidden_act: 'gelu' }, '"gelu"'],
    ['rope_scaling', { ...json, rope_scaling: { type: 'yarn' } }, '{"type":"yarn"}'],
    [
      'rope_parameters.rope_type',
      { ...json, rope_parameters: { rope_theta: 1e4, rope_type: 'yarn' } },
      '"yarn"',
    ],
    ['use_sliding_window', { ...json, use_sliding_window: true }, 'true'],
    ['num_attention_heads', { ...json, num_key_value_heads: 3 }, '4'],
    ['head_dim', { ...json, head_dim: 5 }, '5'],
    ['head_dim', { ...without('head_dim'), num_attention_heads: 6 }, `${20 / 6}`],
    ['attention_bias', { ...json, attention_bias: true }, 'true'],
  ])('names the key %s', (key, wrong, found) => {
    const read = (): unknown => decoderConfigFrom(wrong, 'some/config.json');
    expect(read).toThrow(InputError);
    expect(read).toThrow(`some/config.json, key '${key}'`);
    expect(read).toThrow(`found ${found}`);
  });

  test.each([['text'], [null], [[1]]])('refuses %j for a configuration', (wrong) => {
    expect(() => decoderConfigFrom(wrong, 'some/config.json')).toThrow(
      /^some\/config\.json: expected .*object/,
    );
  });
});
