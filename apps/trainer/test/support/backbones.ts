import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  bertConfigToJson,
  bertParameters,
  decoderConfigToJson,
  decoderParameters,
  initialParameters,
  saveTokenizer,
  trainTokenizer,
  writeSafetensors,
  type BertConfig,
  type DecoderConfig,
} from '@q-anchor/backbone';

const writeJson = (path: string, content: unknown): Promise<void> =>
  writeFile(path, JSON.stringify(content));

const tokenizer = trainTokenizer({
  texts: ['pays at a shop, orders takeout, reads news', 'the user will pay soon', 'user\n'],
  vocabularySize: 300,
  specialTokens: ['<|endoftext|>', '<|im_start|>', '<|im_end|>'],
});

/** Writes a decoder that trains in no time, in Hugging Face's form; its table is padded. */
export async function writeBackbone(directory: string, seed = 4): Promise<DecoderConfig> {
  const config: DecoderConfig = {
    architecture: 'qwen2',
    vocabularySize: tokenizer.vocabularySize + 5,
    width: 16,
    layers: 1,
    heads: 2,
    keyValueHeads: 1,
    headSize: 8,
    feedForwardSize: 24,
    normEpsilon: 1e-6,
    rotaryBase: 10_000,
    tiedEmbeddings: true,
    attentionBias: true,
    maxPositions: 2048,
  };
  await mkdir(directory, { recursive: true });
  await writeJson(join(directory, 'config.json'), decoderConfigToJson(config));
  await writeJson(join(directory, 'tokenizer_config.json'), {
    eos_token: '<|im_end|>',
    chat_template: '<|im_start|>{{ role }}\n{{ content }}<|im_end|>\n',
  });
  await saveTokenizer(tokenizer, directory);
  const weights = initialParameters(decoderParameters(config), { seed, layers: 1 });
  await writeSafetensors(join(directory, 'model.safetensors'), weights);
  return config;
}

/** Writes a BERT encoder as small, with a word-piece tokenizer. */
export async function writeTextEncoder(directory: string): Promise<BertConfig> {
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
  const continued = letters.map((letter) => `##${letter}`);
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...letters, ...continued];
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const special = (content: string) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const config: BertConfig = {
    vocabularySize: pieces.length,
    width: 12,
    layers: 1,
    heads: 2,
    feedForwardSize: 16,
    maxPositions: 64,
    tokenTypes: 2,
    normEpsilon: 1e-12,
  };
  await mkdir(directory, { recursive: true });
  await writeJson(join(directory, 'config.json'), bertConfigToJson(config));
  await writeJson(join(directory, 'tokenizer.json'), {
    version: '1.0',
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map(special),
    normalizer: { type: 'BertNormalizer', lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'BertProcessing',
      cls: ['[CLS]', vocab['[CLS]']],
      sep: ['[SEP]', vocab['[SEP]']],
    },
    decoder: { type: 'WordPiece', prefix: '##' },
    model: { type: 'WordPiece', unk_token: '[UNK]', vocab, continuing_subword_prefix: '##' },
  });
  const weights = initialParameters(bertParameters(config), { seed: 8 });
  await writeSafetensors(join(directory, 'model.safetensors'), weights);
  return config;
}
