import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openModelDirectory, readParameters, type DecoderDirectory } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

import { changedDirectory, tinyModel, type TinyModel } from './support/tiny-directory.js';

async function weightsAt(directory: string): Promise<Record<string, TensorData>> {
  await using model = await openModelDirectory(directory);
  return await readParameters(model.weights, model.parameters);
}

describe('a decoder', () => {
  test.each(['qwen2', 'qwen3'] as const)('%s: all that its files say', async (architecture) => {
    await using model = await openModelDirectory(await changedDirectory(architecture));
    const decoder = model as DecoderDirectory;
    expect(decoder.kind).toBe('decoder');
    expect(decoder.config).toMatchObject({
      architecture,
      vocabularySize: 330,
      width: 8,
      tiedEmbeddings: true,
    });
    const { tokenizer } = decoder;
    const id = (token: string) => ({ token, id: tokenizer.specialId(token) });
    expect(decoder.specialTokens).toEqual({ eos: id('<|im_end|>'), pad: id('<|endoftext|>') });
    expect(decoder.chat).toEqual({ start: id('<|im_start|>'), end: id('<|im_end|>') });
    expect(decoder.generation).toEqual({
      // The file names none: config.json's.
      eosIds: [3],
      padId: tokenizer.specialId('<|endoftext|>'),
      doSample: true,
      temperature: 0.7,
      topP: 0.8,
      topK: 20,
      repetitionPenalty: 1.1,
    });
    expect(tokenizer.decode(tokenizer.encode('paid 房租'))).toBe('paid 房租');
  });

  test('weights are those written', async () => {
    const { weights } = tinyModel('qwen2');
    const read = await weightsAt(await changedDirectory('qwen2'));
    expect(Object.keys(read).toSorted()).toEqual(Object.keys(weights).toSorted());
    for (const [name, tensor] of Object.entries(weights)) expect(read[name]).toEqual(tensor);
  });

  test('without the files beside the tokenizer: the defaults', async () => {
    const directory = await changedDirectory(
      'qwen2',
      ({ config }) => delete config['eos_token_id'],
    );
    await rm(join(directory, 'generation_config.json'));
    await rm(join(directory, 'tokenizer_config.json'));
    await using model = await openModelDirectory(directory);
    expect(model.specialTokens).toEqual({});
    expect(model).toMatchObject({ chat: undefined });
    expect((model as DecoderDirectory).generation).toEqual({
      eosIds: [],
      doSample: false,
      temperature: 1,
      topP: 1,
      topK: 50,
      repetitionPenalty: 1,
    });
  });

  test('end ids: of generation_config.json, config.json, the tokenizer, in this order', async () => {
    const eosIds = async (change: (model: TinyModel) => void) => {
      await using model = await openModelDirectory(await changedDirectory('qwen2', change));
      return (model as DecoderDirectory).generation.eosIds;
    };
    expect(await eosIds((m) => (m.generationConfig!['eos_token_id'] = [7, 8, 7]))).toEqual([7, 8]);
    expect(await eosIds((m) => (m.generationConfig!['eos_token_id'] = 9))).toEqual([9]);
    expect(await eosIds(() => undefined)).toEqual([3]);
    const own = await eosIds(({ config }) => delete config['eos_token_id']);
    expect(own).toEqual([tinyModel('qwen2').tokenizer.added_tokens[2].id]);
  });

  test('special tokens from special_tokens_map.json, the template from its own file', async () => {
    const directory = await changedDirectory('qwen3', (m) => (m.tokenizerConfig = {}));
    await writeFile(
      join(directory, 'special_tokens_map.json'),
      JSON.stringify({ eos_token: { content: '<|im_end|>', lstrip: false } }),
    );
    await writeFile(join(directory, 'chat_template.jinja'), '<|im_start|>{{ x }}<|im_end|>');
    await using model = await openModelDirectory(directory);
    expect(model.specialTokens.eos?.token).toBe('<|im_end|>');
    expect(model).toMatchObject({ chat: { start: { token: '<|im_start|>' } } });
  });

  test('a token that only tokenizer_config.json lists is added', async () => {
    const directory = await changedDirectory('qwen2', (m) => {
      m.tokenizerConfig['added_tokens_decoder'] = { '320': { content: '<|x|>', special: true } };
    });
    await using model = await openModelDirectory(directory);
    expect(model.tokenizer.specialId('<|x|>')).toBe(320);
    expect(model.tokenizer.encode('<|x|>')).not.toContain(320);
  });

  test('a decoder saved without its head, names bare', async () => {
    const directory = await changedDirectory('qwen3', (m) => {
      m.config['architectures'] = ['Qwen3Model'];
      m.weights = Object.fromEntries(
        Object.entries(m.weights).map(([name, tensor]) => [name.replace(/^model\./, ''), tensor]),
      );
    });
    expect(await weightsAt(directory)).toEqual(await weightsAt(await changedDirectory('qwen3')));
  });
});

describe('tied and untied heads', () => {
  const head = 'lm_head.weight';
  const table = 'model.embed_tokens.weight';
  const other = (tensor: TensorData): TensorData => ({
    ...tensor,
    data: (tensor.data as Float32Array).map((value) => value + 1),
  });

  test('tied: a copy of the table is passed over, anything else refused', async () => {
    const directory = await changedDirectory('qwen2', (m) => (m.weights[head] = m.weights[table]!));
    expect(await weightsAt(directory)).toEqual(await weightsAt(await changedDirectory('qwen2')));
    const wrong = await changedDirectory(
      'qwen2',
      (m) => (m.weights[head] = other(m.weights[table]!)),
    );
    await expect(openModelDirectory(wrong)).rejects.toThrow(
      /model\.safetensors: tensor lm_head\.weight: expected a copy of model\.embed_tokens\.weight.*tie_word_embeddings/,
    );
  });

  test('untied: the head is read; without one the error says how to tie', async () => {
    const untied = (m: TinyModel) => (m.config['tie_word_embeddings'] = false);
    const directory = await changedDirectory('qwen2', (m) => {
      untied(m);
      m.weights[head] = other(m.weights[table]!);
    });
    const read = await weightsAt(directory);
    expect(read[head]).toEqual(other(read[table]!));
    await expect(openModelDirectory(await changedDirectory('qwen2', untied))).rejects.toThrow(
      /tensor lm_head\.weight: expected a tensor \[330, 8\], found no tensor.*tie_word_embeddings/,
    );
  });
});

describe('a text encoder', () => {
  test('all that its files say', async () => {
    const directory = await changedDirectory('bert');
    await using model = await openModelDirectory(directory);
    expect(model).toMatchObject({ kind: 'bert', pooling: undefined });
    expect(model.config).toMatchObject({ width: 8, maxPositions: 16, tokenTypes: 2 });
    const { cls, sep, pad, mask, unk } = model.specialTokens;
    expect([pad?.id, unk?.id, cls?.id, sep?.id, mask?.id]).toEqual([0, 1, 2, 3, 4]);
    expect(model.tokenizer.encode('Paid!')).toHaveLength(2);
    const { weights } = tinyModel('bert');
    expect(await weightsAt(directory)).toEqual(weights);
  });

  test.each([
    ['cls', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }],
    ['mean', { pooling_mode_mean_tokens: true }],
    [undefined, { pooling_mode_max_tokens: true }],
  ])('pooling %s, as sentence-transformers notes it', async (pooling, json) => {
    const directory = await changedDirectory('bert');
    await mkdir(join(directory, '1_Pooling'));
    await writeFile(join(directory, '1_Pooling', 'config.json'), JSON.stringify(json));
    await using model = await openModelDirectory(directory);
    expect(model).toMatchObject({ pooling });
  });

  test('under a head, with the names of the first checkpoints', async () => {
    const directory = await changedDirectory('bert', (m) => {
      m.config['architectures'] = ['BertForMaskedLM'];
      const renamed = Object.entries(m.weights).map(([name, tensor]) => [
        `bert.${name}`
          .replace('LayerNorm.weight', 'LayerNorm.gamma')
          .replace('LayerNorm.bias', 'LayerNorm.beta'),
        tensor,
      ]);
      m.weights = {
        ...Object.fromEntries(renamed),
        'cls.predictions.bias': { dtype: 'float32', shape: [70], data: new Float32Array(70) },
        'bert.pooler.dense.bias': { dtype: 'float32', shape: [8], data: new Float32Array(8) },
        'bert.embeddings.position_ids': {
          dtype: 'int64',
          shape: [1, 16],
          data: new BigInt64Array(16),
        },
      };
    });
    expect(await weightsAt(directory)).toEqual(tinyModel('bert').weights);
  });
});
