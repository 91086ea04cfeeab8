import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  bertParameters,
  createTokenizer,
  decoderParameters,
  initialParameters,
  trainTokenizer,
  writeSafetensors,
  bertConfigFrom,
  decoderConfigFrom,
  type Float32Storage,
  type TokenizerJson,
} from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

import { temporaryFolder } from '../../../../core/test/support/temporary-folder.js';

/** Kinds of model that a tiny directory can hold. */
export type TinyArchitecture = 'qwen2' | 'qwen3' | 'bert';

/** Files of a tiny model, to be spoiled before they are written. */
export interface TinyModel {
  config: Record<string, any>;
  tokenizer: any;
  tokenizerConfig: Record<string, any>;
  generationConfig: Record<string, any> | undefined;
  weights: Record<string, TensorData>;
}

const chatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message.role }}{{ message.content + '<|im_end|>' }}{% endfor %}";

/** A byte-level BPE tokenizer in the form in which Qwen publishes its own. */
export function qwenTokenizer(texts: readonly string[], vocabularySize: number): TokenizerJson {
  const tokenizer = trainTokenizer({
    texts,
    vocabularySize,
    specialTokens: ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|object_ref_start|>'],
  });
  const json = tokenizer.toJson();
  const pattern =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return createTokenizer({
    ...json,
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: {
      type: 'ByteLevel',
      add_prefix_space: false,
      trim_offsets: false,
      use_regex: false,
    },
    added_tokens: [
      ...json.added_tokens,
      { id: tokenizer.vocabularySize, content: '<tool_call>', special: false, ...flags },
      { id: tokenizer.vocabularySize + 1, content: '</tool_call>', special: false, ...flags },
    ],
  }).toJson();
}

const bertSpecials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** A WordPiece tokenizer in the form of BERT's. */
export function bertTokenizer(pieces: readonly string[]): TokenizerJson {
  const vocab = Object.fromEntries([...bertSpecials, ...pieces].map((piece, id) => [piece, id]));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    added_tokens: bertSpecials.map((content, id) => ({ id, content, special: true, ...flags })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/** The content of a tiny model's directory, all right; the same each time. */
export function tinyModel(architecture: TinyArchitecture): TinyModel {
  if (architecture === 'bert') {
    const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
    const config = {
      model_type: 'bert',
      architectures: ['BertModel'],
      vocab_size: 70,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 12,
      max_position_embeddings: 16,
    };
    return {
      config,
      tokenizer: bertTokenizer([
        ...letters,
        ...letters.map((letter) => `##${letter}`),
        'paid',
        '!',
      ]),
      tokenizerConfig: {
        tokenizer_class: 'BertTokenizer',
        pad_token: '[PAD]',
        unk_token: '[UNK]',
        cls_token: '[CLS]',
        sep_token: '[SEP]',
        mask_token: { content: '[MASK]', lstrip: true },
      },
      generationConfig: undefined,
      weights: initialParameters(bertParameters(bertConfigFrom(config)), { seed: 1 }),
    };
  }
  const config = {
    model_type: architecture,
    architectures: [architecture === 'qwen2' ? 'Qwen2ForCausalLM' : 'Qwen3ForCausalLM'],
    vocab_size: 330,
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    intermediate_size: 12,
    tie_word_embeddings: true,
    eos_token_id: 3,
    torch_dtype: 'bfloat16',
  };
  return {
    config,
    tokenizer: qwenTokenizer(['paid the rent', 'paid the bill', 'paid the bill 房租'], 300),
    tokenizerConfig: {
      tokenizer_class: 'Qwen2Tokenizer',
      bos_token: null,
      eos_token: '<|im_end|>',
      pad_token: '<|endoftext|>',
      unk_token: null,
      chat_template: chatTemplate,
    },
    generationConfig: {
      do_sample: true,
      temperature: 0.7,
      top_p: 0.8,
      top_k: 20,
      repetition_penalty: 1.1,
    },
    weights: initialParameters(decoderParameters(decoderConfigFrom(config)), { seed: 1 }),
  };
}

/** Writes a model's files into a fresh directory, its weights in so many shards, and says where. */
export async function writeTinyModel(
  model: TinyModel,
  options: { readonly shards?: number; readonly float32As?: Float32Storage } = {},
): Promise<string> {
  const { shards = 1, float32As = 'F32' } = options;
  const directory = await temporaryFolder();
  const json = (name: string, value: unknown) =>
    value === undefined ? undefined : writeFile(join(directory, name), JSON.stringify(value));
  await json('config.json', model.config);
  await json('tokenizer.json', model.tokenizer);
  await json('tokenizer_config.json', model.tokenizerConfig);
  await json('generation_config.json', model.generationConfig);
  const names = Object.keys(model.weights);
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file =
      shards === 1 ? 'model.safetensors' : `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const own = names.filter((_, i) => i % shards === shard);
    for (const name of own) weightMap[name] = file;
    await writeSafetensors(
      join(directory, file),
      Object.fromEntries(own.map((name) => [name, model.weights[name]!])),
      { metadata: { format: 'pt' }, float32As },
    );
  }
  if (shards > 1) {
    await json('model.safetensors.index.json', {
      metadata: { total_size: 0 },
      weight_map: weightMap,
    });
  }
  return directory;
}

/** Writes a model after it was changed. */
export const changedDirectory = (
  architecture: TinyArchitecture,
  change: (model: TinyModel) => void = () => undefined,
): Promise<string> => {
  const model = tinyModel(architecture);
  change(model);
  return writeTinyModel(model);
};
