import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openModelDirectory } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import {
  changedDirectory,
  type TinyArchitecture,
  type TinyModel,
} from './support/tiny-directory.js';

const cases: [string, TinyArchitecture, (model: TinyModel) => void, RegExp][] = [
  [
    'an unknown architecture',
    'qwen2',
    ({ config }) =>
      Object.assign(config, { model_type: 'llama', architectures: ['LlamaForCausalLM'] }),
    /config\.json: expected a known architecture: qwen2 .*qwen3 .*bert .*found model_type 'llama', architectures LlamaForCausalLM/,
  ],
  [
    'a class of another kind',
    'qwen2',
    ({ config }) => (config['architectures'] = ['Qwen2VLForConditionalGeneration']),
    /expected a known architecture.*Qwen2VLForConditionalGeneration/,
  ],
  [
    'no architecture at all',
    'qwen3',
    ({ config }) => {
      delete config['model_type'];
      delete config['architectures'];
    },
    /expected a known architecture.*found no model_type/,
  ],
  [
    'quantised weights',
    'qwen2',
    ({ config }) => (config['quantization_config'] = { quant_method: 'gptq' }),
    /config\.json, key 'quantization_config': expected null: weights that are stored as floats.*gptq/,
  ],
  [
    'a missing size',
    'bert',
    ({ config }) => delete config['hidden_size'],
    /config\.json, key 'hidden_size': .*found nothing/,
  ],
  [
    'more ids than rows',
    'qwen2',
    ({ config, weights }) => {
      config['vocab_size'] = 270;
      const name = 'model.embed_tokens.weight';
      weights[name] = { dtype: 'float32', shape: [270, 8], data: new Float32Array(2160) };
    },
    /tokenizer\.json: expected ids below 270, the embedding table's rows.*found ids up to 271.*different models/,
  ],
  [
    'a missing tensor',
    'qwen3',
    ({ weights }) => delete weights['model.layers.1.self_attn.q_norm.weight'],
    /model\.safetensors: tensor model\.layers\.1\.self_attn\.q_norm\.weight: expected a tensor \[4\], found no tensor of that name/,
  ],
  [
    'a tensor that the model has no place for',
    'qwen3',
    ({ weights }) => {
      const name = 'model.layers.0.self_attn.q_proj.bias';
      weights[name] = { dtype: 'float32', shape: [8], data: new Float32Array(8) };
    },
    /tensor model\.layers\.0\.self_attn\.q_proj\.bias: expected only tensors.*found tensors it has no place for/,
  ],
  [
    'another shape',
    'bert',
    ({ weights }) => {
      const name = 'encoder.layer.0.output.dense.weight';
      weights[name] = { ...weights[name]!, shape: [12, 8] };
    },
    /tensor encoder\.layer\.0\.output\.dense\.weight: expected shape \[8, 12\], found \[12, 8\]/,
  ],
  [
    'a dtype that is no weight',
    'qwen2',
    ({ weights }) => {
      weights['model.norm.weight'] = { dtype: 'int32', shape: [8], data: new Int32Array(8) };
    },
    /tensor model\.norm\.weight: expected a floating dtype: F64, F32, F16 or BF16, found I32/,
  ],
  [
    'a special token that the tokenizer has not',
    'qwen2',
    (m) => (m.tokenizerConfig['pad_token'] = '<pad>'),
    /tokenizer_config\.json, key 'pad_token': expected a token of tokenizer\.json, found "<pad>"/,
  ],
  [
    'another id for a token',
    'qwen2',
    (m) => (m.tokenizerConfig['added_tokens_decoder'] = { '1': { content: '<|im_end|>' } }),
    /added_tokens_decoder\.1': expected "<\|im_end\|>" with id \d+, as in tokenizer\.json, found id 1/,
  ],
  [
    'a temperature of nothing',
    'qwen2',
    (m) => (m.generationConfig!['temperature'] = 0),
    /generation_config\.json, key 'temperature': expected a number above 0, found 0/,
  ],
  [
    'a top_p above 1',
    'qwen2',
    (m) => (m.generationConfig!['top_p'] = 1.5),
    /key 'top_p': expected a number above 0, at most 1, found 1\.5/,
  ],
  [
    'an end outside the vocabulary',
    'qwen2',
    (m) => (m.generationConfig!['eos_token_id'] = [3, 330]),
    /key 'eos_token_id': expected ids below the vocabulary's size of 330, found 330/,
  ],
];
test.each(cases)('%s is refused', async (_, architecture, change, message) => {
  const opening = openModelDirectory(await changedDirectory(architecture, change));
  await expect(opening).rejects.toThrow(message);
  await expect(opening).rejects.toBeInstanceOf(InputError);
});

test('a directory of pickles, which is never opened', async () => {
  const directory = await changedDirectory('qwen2');
  await rm(join(directory, 'model.safetensors'));
  await writeFile(join(directory, 'pytorch_model.bin'), 'no pickle at all');
  await expect(openModelDirectory(directory)).rejects.toThrow(
    /expected weights in model\.safetensors.*found only pytorch_model\.bin.*safe_serialization/,
  );
  await rm(join(directory, 'pytorch_model.bin'));
  await expect(openModelDirectory(directory)).rejects.toThrow(/found no weights/);
});

test('pickles and code beside safetensors are passed over', async () => {
  const directory = await changedDirectory('qwen2', ({ config }) => {
    config['auto_map'] = { AutoModel: 'modeling.Model' };
  });
  await writeFile(join(directory, 'pytorch_model.bin'), '');
  await writeFile(join(directory, 'modeling.py'), 'raise SystemExit');
  await using model = await openModelDirectory(directory);
  expect(model.kind).toBe('decoder');
});

test('nothing there, no configuration, no tokenizer', async () => {
  const directory = await changedDirectory('qwen2');
  await expect(openModelDirectory(join(directory, 'nowhere'))).rejects.toThrow(
    /expected a model directory, found nothing there.*q-anchor pull/,
  );
  await rm(join(directory, 'tokenizer.json'));
  await expect(openModelDirectory(directory)).rejects.toThrow(/tokenizer\.json.*no file/);
  await rm(join(directory, 'config.json'));
  await expect(openModelDirectory(directory)).rejects.toThrow(/config\.json.*found no file/);
});
