import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  decoderConfigToJson,
  decoderParameters,
  initialParameters,
  saveTokenizer,
  trainTokenizer,
  writeSafetensors,
  type DecoderConfig,
} from '@q-anchor/backbone';

import { oneLayerDecoder } from '../support/tiny-decoder.js';

const chatTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

/** What is special about a {@link writeTinyBackbone}. */
export interface TinyBackboneOptions {
  /** Rows of the table beyond the tokenizer's ids. */
  readonly padding?: number;
  readonly tiedEmbeddings?: boolean;
  readonly specialTokens?: readonly string[];
  readonly hasChat?: boolean;
}

/** Writes a decoder of a few hundred ids in Hugging Face's form. */
export async function writeTinyBackbone(
  directory: string,
  options: TinyBackboneOptions = {},
): Promise<DecoderConfig> {
  const { padding = 0, tiedEmbeddings = true, hasChat = true } = options;
  const tokenizer = trainTokenizer({
    texts: ['paid the rent', 'takeaway pizza', 'home > search', 'user\n'],
    vocabularySize: 300,
    specialTokens: options.specialTokens ?? chatTokens,
  });
  const config = oneLayerDecoder(tokenizer.vocabularySize + padding, { tiedEmbeddings });
  await mkdir(directory, { recursive: true });
  const write = (name: string, content: unknown): Promise<void> =>
    writeFile(join(directory, name), JSON.stringify(content));
  await write('config.json', decoderConfigToJson(config));
  await write('tokenizer_config.json', {
    eos_token: hasChat ? '<|im_end|>' : '<|endoftext|>',
    ...(hasChat && { chat_template: '<|im_start|>{{ role }}\n{{ content }}<|im_end|>\n' }),
  });
  await saveTokenizer(tokenizer, directory);
  const weights = initialParameters(decoderParameters(config), { seed: 4, layers: 1 });
  await writeSafetensors(join(directory, 'model.safetensors'), weights, {
    metadata: { format: 'pt' },
  });
  return config;
}
