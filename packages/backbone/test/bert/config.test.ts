import { readFile } from 'node:fs/promises';

import { bertConfigFrom, bertConfigToJson } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { goldenPath } from '../decoder/support/decoder-runs.js';
import { config } from './bert-runs.js';

describe('configuration', () => {
  const json = bertConfigToJson(config);

  test('comes back from its own JSON', () => {
    expect(bertConfigFrom(json)).toEqual(config);
  });

  test("is read from a checkpoint's, defaults filled in", async () => {
    const read = JSON.parse(await readFile(goldenPath('bert/config.json'), 'utf8')) as object;
    const { type_vocab_size: _, layer_norm_eps: __, ...sparse } = read as Record<string, unknown>;
    const { tokenTypes, normEpsilon } = bertConfigFrom(sparse);
    expect([tokenTypes, normEpsilon]).toEqual([2, 1e-12]);
    expect(bertConfigFrom(read)).toMatchObject({ width: 24, heads: 4, maxPositions: 32 });
  });

  test.each([
    ['another architecture', { model_type: 'new' }, "key 'model_type'", /'bert'.*found "new"/],
    ['no architecture', { model_type: undefined }, "key 'model_type'", /found nothing/],
    ['another activation', { hidden_act: 'gelu_new' }, "key 'hidden_act'", /'gelu'.*"gelu_new"/],
    [
      'relative positions',
      { position_embedding_type: 'relative_key' },
      "key 'position_embedding_type'",
      /'absolute'.*"relative_key"/,
    ],
    ['a decoder', { is_decoder: true }, "key 'is_decoder'", /found true/],
    ['no width', { hidden_size: 0 }, "key 'hidden_size'", /found 0/],
    ['a width the heads do not divide', { hidden_size: 13 }, "key 'hidden_size'", /multiple.*13/],
  ])('%s is refused', (_, change, key, message) => {
    const read = () => bertConfigFrom({ ...json, ...change }, 'dir/config.json');
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
    expect(read).toThrow(`dir/config.json, ${key}`);
  });

  test('what is no object is refused', () => {
    expect(() => bertConfigFrom(null)).toThrow(InputError);
  });
});
