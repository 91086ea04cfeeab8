import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import {
  openModelDirectory,
  openSafetensors,
  readParameters,
  type DecoderDirectory,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { requestFrom } from '../src/arguments.js';
import { writeCheckpoint } from '../src/write-checkpoint.js';

let root = '';
beforeAll(async () => {
  root = await temporaryFolder();
});

let made = 0;
/** Makes a checkpoint as a command line asks for and says where it is. */
async function checkpoint(...args: string[]): Promise<string> {
  const out = join(root, `model-${made++}`);
  await writeCheckpoint(requestFrom([...args, '--out', out]));
  return out;
}

const text = 'Paid the rent 房租 🙂, will the user pay again?';

const json = async (directory: string, name: string) =>
  JSON.parse(await readFile(join(directory, name), 'utf8')) as Record<string, any>;

async function weightsAt(directory: string) {
  await using model = await openModelDirectory(directory);
  return await readParameters(model.weights, model.parameters);
}

describe.each(['qwen2', 'qwen3', 'bert'] as const)('%s', (architecture) => {
  test('has the files of a published model, which open', async () => {
    const directory = await checkpoint('--architecture', architecture, '--dtype', 'bf16');
    const files = await readdir(directory);
    expect(files.toSorted()).toEqual(
      [
        ...(architecture === 'bert' ? ['1_Pooling'] : ['generation_config.json']),
        'config.json',
        'model.safetensors',
        'special_tokens_map.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ].toSorted(),
    );
    await using model = await openModelDirectory(directory);
    const { tokenizer, config } = model;
    const ids = tokenizer.encode(text);
    expect(ids.length).toBeGreaterThan(8);
    expect(Math.max(...ids)).toBeLessThan(config.vocabularySize);
  });

  test.each([
    ['f32', 'F32'],
    ['f16', 'F16'],
    ['bf16', 'BF16'],
  ])('%s: shards hold the same bits as one file', async (dtype, stored) => {
    const flags = ['--architecture', architecture, '--dtype', dtype];
    const [single, sharded] = [
      await checkpoint(...flags),
      await checkpoint(...flags, '--shards', '3'),
    ];
    const { weight_map: weightMap, metadata } = await json(sharded, 'model.safetensors.index.json');
    const files = (await readdir(sharded)).filter((file) => file.endsWith('.safetensors'));
    expect(files.toSorted()).toEqual(
      [...new Set(Object.values(weightMap as Record<string, string>))].toSorted(),
    );
    expect(files).toHaveLength(3);
    await using whole = await openSafetensors(join(single, 'model.safetensors'));
    let bytes = 0;
    for (const name of whole.names) {
      await using shard = await openSafetensors(join(sharded, weightMap[name]));
      expect(whole.info(name).dtype).toBe(stored);
      const data = await whole.readBytes(name);
      expect(Buffer.from(await shard.readBytes(name)).equals(data)).toBe(true);
      bytes += data.length;
    }
    expect(metadata['total_size']).toBe(bytes);
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(join(sharded, file))).size),
    );
    expect(Math.max(...sizes)).toBeLessThan(0.8 * bytes);
  });
});

test.each(['qwen2', 'qwen3'])(
  '%s: control tokens, settings, rows to spare',
  async (architecture) => {
    await using model = await openModelDirectory(await checkpoint('--architecture', architecture));
    const { tokenizer, config, chat, generation } = model as DecoderDirectory;
    expect(config).toMatchObject({ architecture, tiedEmbeddings: true });
    expect(config.vocabularySize).toBeGreaterThan(tokenizer.vocabularySize);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(chat?.start.token).toBe('<|im_start|>');
    expect(generation).toMatchObject({ doSample: true, topK: 20, temperature: 0.7 });
    expect(generation.eosIds).toEqual([
      tokenizer.specialId('<|im_end|>'),
      tokenizer.specialId('<|endoftext|>'),
    ]);
  },
);

test("bert: BERT's own ids, every word known", async () => {
  await using model = await openModelDirectory(await checkpoint('--architecture', 'bert'));
  expect(model).toMatchObject({ kind: 'bert', pooling: 'mean' });
  const { pad, unk, cls, sep, mask } = model.specialTokens;
  expect([pad, unk, cls, sep, mask].map((token) => token!.id)).toEqual([0, 100, 101, 102, 103]);
  const ids = model.tokenizer.encode(text);
  expect(ids).not.toContain(cls!.id);
  expect(ids).not.toContain(unk!.id);
});

describe('values', () => {
  test('the same seed, the same; another, others', async () => {
    const flags = ['--architecture', 'qwen2', '--seed'];
    const [one, again, other] = [
      await weightsAt(await checkpoint(...flags, '5')),
      await weightsAt(await checkpoint(...flags, '5')),
      await weightsAt(await checkpoint(...flags, '6')),
    ];
    expect(again).toEqual(one);
    const name = 'model.layers.0.mlp.up_proj.weight';
    expect(other[name]!.data).not.toEqual(one[name]!.data);
  });

  test('are spread as they should be, odd numbers of them too, and tensors do not repeat', async () => {
    const weights = await weightsAt(
      await checkpoint('--architecture', 'qwen3', '--vocabulary', '333', '--width', '63'),
    );
    const table = weights['model.embed_tokens.weight']!.data as Float32Array;
    expect(table.length).toBe(333 * 63);
    const mean = table.reduce((a, b) => a + b) / table.length;
    const deviation = Math.sqrt(table.reduce((a, b) => a + (b - mean) ** 2, 0) / table.length);
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(deviation).toBeGreaterThan(0.049);
    expect(deviation).toBeLessThan(0.051);
    expect(table.at(-1)).not.toBe(0);
    const norm = weights['model.norm.weight']!.data as Float32Array;
    expect(norm.reduce((a, b) => a + b) / norm.length).toBeGreaterThan(0.9);
    const [q, other] = [0, 1].map(
      (layer) => weights[`model.layers.${layer}.self_attn.q_proj.weight`]!.data as Float32Array,
    );
    const dot = q!.reduce((sum, value, i) => sum + value * other![i]!, 0);
    const size = q!.reduce((sum, value) => sum + value ** 2, 0);
    expect(Math.abs(dot / size)).toBeLessThan(0.05);
  });

  test('untied: a head of its own', async () => {
    const flags = ['--architecture', 'qwen2', '--tied'];
    const untied = await weightsAt(await checkpoint(...flags, 'off'));
    const tied = await weightsAt(await checkpoint(...flags, 'on'));
    expect(Object.keys(untied).filter((name) => !(name in tied))).toEqual(['lm_head.weight']);
    expect(untied['lm_head.weight']!.data).not.toEqual(untied['model.embed_tokens.weight']!.data);
  });
});

describe('requests', () => {
  test('a published shape tells the architecture', () => {
    const request = requestFrom(['--shape', 'qwen2.5-0.5b', '--dtype', 'bf16', '--out', 'x']);
    expect(request).toEqual({
      architecture: 'qwen2',
      sizes: {
        vocabulary: 151_936,
        width: 896,
        layers: 24,
        heads: 14,
        kvHeads: 2,
        headSize: 64,
        feedForward: 4864,
        maxPositions: 32_768,
      },
      isTied: true,
      storage: 'BF16',
      shards: 1,
      seed: 1,
      out: 'x',
    });
  });

  test.each<[string[], RegExp]>([
    [[], /--architecture: expected qwen2, qwen3, bert, found nothing/],
    [['--architecture', 'llama'], /--architecture: .*found llama/],
    [['--architecture', 'qwen3', '--shape', 'gte-base'], /expected bert, which gte-base is/],
    [['--shape', 'toString'], /--architecture/],
    [['--architecture', 'bert', '--shape', 'huge'], /--shape: expected nano, .*found huge/],
    [['--architecture', 'qwen2', '--dtype', 'int8'], /--dtype: expected f32, f16, bf16/],
    [['--architecture', 'bert', '--tied', 'on'], /--tied: expected on or off, for a decoder/],
    [['--architecture', 'qwen2', '--layers', '0'], /--layers: expected an integer of at least 1/],
    [['--architecture', 'qwen2', '--colour', 'red'], /arguments: .*colour/],
  ])('%s is refused', (args, message) => {
    expect(() => requestFrom([...args, '--out', 'x'])).toThrow(message);
    expect(() => requestFrom([...args, '--out', 'x'])).toThrow(InputError);
  });

  test('a place that is taken, and sizes that do not go together, leave nothing behind', async () => {
    const folder = join(root, 'refused');
    await mkdir(join(folder, 'taken'), { recursive: true });
    const make = (...args: string[]) => writeCheckpoint(requestFrom(args));
    await expect(make('--architecture', 'qwen2', '--out', folder)).rejects.toThrow(
      /refused: expected a new or empty folder, found a folder with 1 entries/,
    );
    const out = join(folder, 'model');
    await expect(
      make('--architecture', 'qwen2', '--kv-heads', '3', '--out', out),
    ).rejects.toBeInstanceOf(InputError);
    await expect(
      make('--architecture', 'bert', '--vocabulary', '50', '--out', out),
    ).rejects.toThrow(/--vocabulary: expected at least 104/);
    expect(await readdir(folder)).toEqual(['taken']);
  });
});
