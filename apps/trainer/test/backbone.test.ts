import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { openSafetensors, readAdapters } from '@q-anchor/backbone';
import { loadModel } from '@q-anchor/dual-tower';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { writeBackbone, writeTextEncoder } from './support/backbones.js';
import { qAnchor, tinyDecoder } from './support/command.js';

// Each test compiles models.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let root: string;
let dataset: string;
let backbone: string;
let text: string;
const at = (name: string): string => join(root, name);

const quick = [
  '--batch-users',
  '4',
  '--micro-batches',
  '1',
  '--future-pairs',
  '2',
  '--uqa-pairs',
  '1',
  '--head-hidden',
  '16',
  '--head-output',
  '8',
  '--threads',
  '1',
  '--validation-users',
  '4',
  '--steps',
  '4',
  '--rate',
  '0.01',
  '--warmup',
  '0.25',
  '--max-query-tokens',
  '96',
];
const pretrain = (out: string, ...args: readonly string[]) =>
  qAnchor(['pretrain', '--data', dataset, '--out', at(out), '--quiet', ...args]);
const succeed = async (out: string, ...args: readonly string[]): Promise<void> => {
  const { code, stderr } = await pretrain(out, ...quick, ...args);
  expect([code, stderr]).toEqual([0, '']);
};
interface Evaluation {
  readonly scenarios: { readonly active: { readonly rows: object } };
}
const json = async (path: string): Promise<Record<string, any>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, any>;

beforeAll(async () => {
  root = await temporaryFolder();
  dataset = at('dataset');
  backbone = at('backbone');
  text = at('text');
  await qAnchor(['simulate', '--users', '40', '--out', dataset, '--quiet']);
  await qAnchor(['pairs', dataset, '--future', '2', '--uqa', '1', '--quiet']);
  await writeBackbone(backbone);
  await writeTextEncoder(text);
  const lora = ['--lora-rank', '3', '--lora-alpha', '6', '--lora-targets', 'q_proj,down_proj'];
  await succeed('adapted', '--backbone', backbone, ...lora, '--checkpoint-steps', '2');
});

describe('pretrain --backbone', () => {
  test('trains adapters and added tokens; the backbone keeps its bits', async () => {
    const { config, parameters, collate, baseModel, endIds } = await loadModel(at('adapted/model'));
    expect(config.lora).toEqual({
      rank: 3,
      alpha: 6,
      dropout: 0.1,
      targets: ['q_proj', 'down_proj'],
    });
    expect(config.users.textEncoder).toEqual({ kind: 'embedding-table' });
    expect(baseModel).toBe('backbone');
    const { tokenizer, headerIds } = collate;
    expect(tokenizer.decode(headerIds!)).toBe('<|im_start|>user\n');
    expect(endIds).toEqual([tokenizer.specialId('<|im_end|>')]);
    const { first, count } = config.addedTokens!;
    expect(first + count).toBe(tokenizer.vocabularySize);
    expect(tokenizer.specialId('<|user_emb|>')).toBe(first + count - 1);
    await using source = await openSafetensors(join(backbone, 'model.safetensors'));
    for (const name of source.names) {
      expect([name, parameters[name]!.data]).toEqual([name, await source.readFloat32(name)]);
    }
    const specs = Object.fromEntries(
      source.names.map((name) => [
        name,
        { shape: source.info(name).shape, kind: 'matrix' as const },
      ]),
    );
    const { adapters } = await readAdapters(at('adapted/model'), { specs });
    for (const [name, { data }] of Object.entries(adapters)) {
      expect([name, data.some((value) => value !== 0)]).toEqual([name, true]); // B moved too
    }
  });

  test('records where it began, and what the release has by default', async () => {
    expect(await json(at('adapted/config.json'))).toMatchObject({
      preset: 'release',
      backbone,
      hyperparameters: { loraRank: 3, loraDropout: 0.1, maxAnswerTokens: 200, weightDecay: 1e-5 },
    });
  });

  test('checkpoints hold what is trained alone', async () => {
    const folder = at('adapted/checkpoints/step-000004');
    await using state = await openSafetensors(join(folder, 'state.safetensors'));
    expect(state.names.filter((name) => name.startsWith('model.'))).toEqual([]);
    expect(state.names).toContain('tokens.added.weight#moment1');
    expect((await json(join(folder, 'checkpoint.json')))['base']).toMatch(/^[0-9a-f]{64}$/u);
  });

  test('resumed from a checkpoint it ends in the same model, bit by bit', async () => {
    await cp(at('adapted'), at('resumed'), { recursive: true });
    await rm(at('resumed/model'), { recursive: true });
    await rm(at('resumed/checkpoints/step-000004'), { recursive: true });
    expect(await readdir(at('resumed/checkpoints'))).toEqual(['step-000002']);
    const args = ['--resume', '--threads', '1', '--validation-users', '4'];
    const { code, stderr } = await pretrain('resumed', ...args);
    expect([code, stderr]).toEqual([0, '']);
    const [straight, resumed] = [
      await loadModel(at('adapted/model')),
      await loadModel(at('resumed/model')),
    ];
    expect(resumed.parameters).toEqual(straight.parameters);
    expect(resumed.digest).toBe(straight.digest);
  });

  test('a run is not resumed on another backbone', async () => {
    await cp(at('adapted'), at('mixed'), { recursive: true });
    await rm(at('mixed/model'), { recursive: true });
    await writeBackbone(at('other'), 5);
    const moved = ['--resume', '--threads', '1', '--backbone', at('other')];
    const { code, stderr } = await pretrain('mixed', ...moved);
    expect([code, stderr]).toEqual([2, expect.stringContaining('the base it was trained on')]);
  });

  test('embed and evaluate work on it', async () => {
    const evaluated = await qAnchor([
      'evaluate',
      at('adapted'),
      '--data',
      dataset,
      '--scenario',
      'active',
      '--json',
      '--resamples',
      '5',
      '--quiet',
    ]);
    expect([evaluated.code, evaluated.stderr]).toEqual([0, '']);
    const { rows } = (JSON.parse(evaluated.stdout) as Evaluation).scenarios.active;
    expect(Object.keys(rows)).toContain('randomEncoder');
    const file = at('users.parquet');
    const embedded = await qAnchor([
      'embed',
      at('adapted/model'),
      '--data',
      dataset,
      '--query',
      'likes?',
      '--out',
      file,
      '--quiet',
    ]);
    expect([embedded.code, embedded.stderr]).toEqual([0, '']);
  });

  test('--lora-rank 0 trains it whole, the new rows in its table', async () => {
    await succeed('whole', '--backbone', backbone, '--lora-rank', '0', '--steps', '2');
    const { config, parameters, collate } = await loadModel(at('whole/model'));
    expect([config.lora, config.addedTokens]).toEqual([undefined, undefined]);
    expect(config.decoder.vocabularySize).toBe(collate.tokenizer.vocabularySize);
    await using source = await openSafetensors(join(backbone, 'model.safetensors'));
    const name = 'model.layers.0.mlp.up_proj.weight';
    expect(parameters[name]!.data).not.toEqual(await source.readFloat32(name));
  });
});

describe('--text-encoder', () => {
  test('frozen, or with adapters of its own', async () => {
    await succeed(
      'bert',
      '--backbone',
      backbone,
      '--text-encoder',
      text,
      '--text-encoder-pooling',
      'mean',
      '--text-encoder-lora-rank',
      '0',
      '--steps',
      '2',
    );
    const frozen = await loadModel(at('bert/model'));
    expect(frozen.config.users).toMatchObject({
      eventWidth: 12,
      textEncoder: { kind: 'bert', pooling: 'mean' },
    });
    await using source = await openSafetensors(join(text, 'model.safetensors'));
    const name = source.names.find((each) => each.includes('query.weight'))!;
    const values = await source.readFloat32(name);
    expect(frozen.parameters[`encoder.text.bert.${name}`]!.data).toEqual(values);

    await succeed(
      'bert-lora',
      '--text-encoder',
      text,
      '--preset',
      'nano',
      '--steps',
      '2',
      ...tinyDecoder,
    );
    const adapted = await loadModel(at('bert-lora/model'));
    const { textEncoder } = adapted.config.users;
    expect(textEncoder).toMatchObject({
      lora: { rank: 64, targets: ['query', 'key', 'value', 'output.dense'] },
    });
    expect(adapted.config.lora).toBeUndefined();
    const moved = Object.entries(adapted.parameters).filter(([each]) => each.includes('lora_B'));
    expect(moved.length).toBeGreaterThan(0);
    for (const [each, { data }] of moved) {
      expect([each, data.some((value) => value !== 0)]).toEqual([each, true]);
    }
  });
});

test.each<[readonly string[], RegExp]>([
  [['--lora-rank', '8'], /--lora-rank: expected --backbone too/],
  [['--preset', 'release'], /--preset: expected --backbone too/],
  [['--text-encoder-lora-rank', '8'], /--text-encoder-lora-rank: expected --text-encoder too/],
  [['--text-encoder-pooling', 'mean'], /--text-encoder-pooling: expected --text-encoder too/],
  [['--backbone', 'BACKBONE', '--width', '64'], /--width: expected none: --backbone decides it/],
  [['--backbone', 'TEXT'], /expected a qwen2 or qwen3 decoder/],
  [['--text-encoder', 'BACKBONE'], /expected a BERT text encoder/],
  [['--text-encoder', 'TEXT', '--event-width', '8'], /--event-width/],
  [['--backbone', 'NOWHERE'], /expected a model directory/],
  [['--backbone', 'BACKBONE', '--lora-targets', 'query'], /LoRA targets.*'query'/],
])('%j is refused, and nothing written', async (args, message) => {
  const places: Readonly<Record<string, string>> = {
    BACKBONE: backbone,
    TEXT: text,
    NOWHERE: at('nowhere'),
  };
  const { code, stderr } = await pretrain('refused', ...args.map((arg) => places[arg] ?? arg));
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(await readdir(root)).not.toContain('refused');
});
