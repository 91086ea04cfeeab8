import { writeFile } from 'node:fs/promises';
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

/** The smallest decoder with everything in it. */
export const nanoConfig: DecoderConfig = {
  architecture: 'qwen2',
  vocabularySize: 300,
  width: 32,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  feedForwardSize: 64,
  normEpsilon: 1e-6,
  rotaryBase: 10_000,
  tiedEmbeddings: true,
  attentionBias: true,
  maxPositions: 96,
};

const specs = decoderParameters(nanoConfig);

/** Numbers in it. */
export const nanoValues = Object.values(specs)
  .map(({ shape }) => shape.reduce((a, b) => a * b, 1))
  .reduce((a, b) => a + b, 0);

/** Writes it in Hugging Face's form. */
export async function writeNano(directory: string, float32As: 'F32' | 'BF16' = 'F32') {
  await writeFile(join(directory, 'config.json'), JSON.stringify(decoderConfigToJson(nanoConfig)));
  await saveTokenizer(
    trainTokenizer({
      texts: ['a b c'],
      vocabularySize: 270,
      specialTokens: ['<|endoftext|>'],
    }),
    directory,
  );
  await writeSafetensors(
    join(directory, 'model.safetensors'),
    initialParameters(specs, { seed: 1 }),
    { float32As },
  );
}
