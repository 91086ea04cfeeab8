import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import {
  adapterFiles,
  bertConfigFrom,
  bertParameters,
  decoderConfigFrom,
  decoderParameters,
  loraConfigFrom,
  loraConfigToJson,
  loraParameters,
  openSafetensors,
  readAdapters,
  writeAdapters,
  writeSafetensors,
  type LoraConfig,
} from '@q-anchor/backbone';
import { InputError, ShapeError } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { configs, drawnWeights, goldenPath } from '../decoder/support/decoder-runs.js';

const specs = decoderParameters(configs.qwen2);
const lora: LoraConfig = { rank: 3, alpha: 6, dropout: 0.1, targets: ['q_proj', 'down_proj'] };
const peft = loraConfigToJson(lora, { taskType: 'CAUSAL_LM' });

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

describe('adapter_config.json', () => {
  test('goes there and back', () => {
    for (const of of [lora, { ...lora, isRankStabilised: true, alpha: 4.5 }]) {
      const json = loraConfigToJson(of, { taskType: 'CAUSAL_LM', baseModel: 'someone/model' });
      expect(loraConfigFrom(JSON.parse(JSON.stringify(json)), { specs })).toEqual(of);
      expect(json['base_model_name_or_path']).toBe('someone/model');
    }
    expect(peft).toMatchObject({ peft_type: 'LORA', r: 3, lora_alpha: 6, bias: 'none' });
    expect(peft['target_modules']).toEqual(['q_proj', 'down_proj']);
  });

  test('what a file leaves out has its default; what says nothing is passed over', () => {
    const least = { peft_type: 'LORA', r: 3, lora_alpha: 6, target_modules: ['q_proj'] };
    expect(loraConfigFrom(least, { specs })).toEqual({
      ...lora,
      dropout: 0,
      targets: ['q_proj'],
    });
    const full = {
      ...peft,
      auto_mapping: null,
      revision: null,
      loftq_config: {},
      megatron_config: null,
      exclude_modules: null,
      corda_config: null,
      trainable_token_indices: null,
    };
    expect(loraConfigFrom(full, { specs })).toEqual(lora);
  });

  test('a regular expression names whole modules, all-linear all of them', () => {
    const target_modules = String.raw`model\.layers\.1\.(self_attn|mlp)\.(q|up)_proj`;
    const { targets } = loraConfigFrom({ ...peft, target_modules }, { specs });
    expect(targets).toEqual(['model.layers.1.self_attn.q_proj', 'model.layers.1.mlp.up_proj']);
    const all = loraConfigFrom({ ...peft, target_modules: 'all-linear' }, { specs });
    expect(all.targets).toHaveLength(7 * configs.qwen2.layers);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ peft_type: 'IA3' }, /peft_type.*IA3/],
    [{ r: 0 }, /'r'/],
    [{ r: undefined }, /'r'.*nothing/],
    [{ lora_dropout: 1 }, /lora_dropout/],
    [{ bias: 'all' }, /bias.*all/],
    [{ use_dora: true }, /use_dora.*DoRA/],
    [{ modules_to_save: ['embed_tokens'] }, /modules_to_save/],
    [{ rank_pattern: { q_proj: 8 } }, /rank_pattern/],
    [{ alpha_pattern: { q_proj: 8 } }, /alpha_pattern/],
    [{ layers_to_transform: [0] }, /layers_to_transform/],
    [{ fan_in_fan_out: true }, /fan_in_fan_out/],
    [{ init_lora_weights: 'pissa_niter_4' }, /init_lora_weights/],
    [{ target_modules: ['query'] }, /'query'/],
    [{ target_modules: 'q_proj' }, /matches none/], // as a whole name
    [{ target_modules: '(' }, /regular expression/],
    [{ target_modules: 3 }, /target_modules/],
  ])('refuses %j', (change, message) => {
    const read = () => loraConfigFrom({ ...peft, ...change }, { specs });
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });
});

describe('files', () => {
  const adapters = drawnWeights(loraParameters(specs, lora), { dtype: 'float32' });
  const write = (name: string) =>
    writeAdapters(join(root, name), { lora, adapters, specs, taskType: 'CAUSAL_LM' });
  const at = (name: string, file: keyof typeof adapterFiles) =>
    join(root, name, adapterFiles[file]);

  test('come back bit by bit, under the names PEFT looks for', async () => {
    await write('whole');
    expect(await readAdapters(join(root, 'whole'), { specs })).toEqual({ lora, adapters });
    await using source = await openSafetensors(at('whole', 'weights'));
    expect(source.names).toContain(
      'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
    );
    expect(source.names).toHaveLength(2 * 2 * configs.qwen2.layers);
    expect(source.metadata).toEqual({ format: 'pt' });
  });

  test.each(['qwen2', 'qwen3'])("%s: PEFT's own files are read", async (name) => {
    const json: unknown = JSON.parse(await readFile(goldenPath(`${name}/config.json`), 'utf8'));
    const golden = decoderParameters(decoderConfigFrom(json));
    const read = await readAdapters(goldenPath(name), { specs: golden });
    expect(read.lora.rank).toBe(3);
    expect(Object.keys(read.adapters).length).toBe(
      Object.keys(loraParameters(golden, read.lora)).length,
    );
  });

  test('half floats are read as floats', async () => {
    await write('half');
    await writeSafetensors(at('half', 'weights'), adapters, { float32As: 'BF16' });
    const read = await readAdapters(join(root, 'half'), { specs });
    for (const [name, { dtype, data }] of Object.entries(read.adapters)) {
      expect(dtype).toBe('float32');
      const exact = adapters[name]!.data as Float32Array;
      expect(
        data.every((x, i) => Math.abs(Number(x) - exact[i]!) <= Math.abs(exact[i]!) / 256),
      ).toBe(true);
    }
  });

  test('a missing, a further, a mis-shaped tensor; a missing or broken description', async () => {
    const read = (name: string) => readAdapters(join(root, name), { specs });
    await expect(read('nowhere')).rejects.toThrow(/adapter_config\.json.*no file/s);
    const [first] = Object.keys(adapters) as [string];
    const { [first]: one, ...rest } = adapters;
    const spoilt = {
      less: rest,
      more: { ...adapters, 'base_model.model.model.embed_tokens.weight': one! },
      turned: { ...rest, [first]: { ...one!, shape: one!.shape.toReversed() } },
    };
    for (const [name, tensors] of Object.entries(spoilt)) {
      await write(name);
      await writeSafetensors(at(name, 'weights'), tensors);
      await expect(read(name)).rejects.toThrow(InputError);
    }
    await expect(read('less')).rejects.toThrow(first);
    await expect(read('more')).rejects.toThrow(/embed_tokens/);
    await expect(read('turned')).rejects.toThrow(/shape \[3, 20\].*\[20, 3\]/s);
    await writeFile(at('less', 'config'), '{');
    await expect(read('less')).rejects.toThrow(/adapter_config\.json/);
  });

  test('what is written must be whole', async () => {
    const [first] = Object.keys(adapters) as [string];
    const { [first]: one, ...rest } = adapters;
    const to = (of: typeof adapters) =>
      writeAdapters(join(root, 'bad'), { lora, adapters: of, specs, taskType: 'CAUSAL_LM' });
    await expect(to(rest)).rejects.toThrow(InputError);
    await expect(to({ ...rest, [first]: { ...one!, shape: [1, 60] } })).rejects.toThrow(ShapeError);
  });
});

describe('the pooler of BERT', () => {
  const bert = bertParameters(
    bertConfigFrom({
      model_type: 'bert',
      vocab_size: 7,
      hidden_size: 4,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 6,
      max_position_embeddings: 5,
    }),
  );
  const dense: LoraConfig = { ...lora, targets: ['query', 'dense'] };
  const drawn = drawnWeights(loraParameters(bert, dense), { seed: 3, dtype: 'float32' });
  const layer = 'encoder.layer.0';
  const whole = ['attention.output', 'intermediate', 'output'].map((at) => `${layer}.${at}.dense`);
  const written = (directory: string) =>
    writeAdapters(directory, {
      lora: dense,
      adapters: drawn,
      specs: bert,
      taskType: 'FEATURE_EXTRACTION',
    });
  const configOf = async (directory: string) =>
    JSON.parse(await readFile(join(directory, adapterFiles.config), 'utf8')) as Record<
      string,
      unknown
    >;

  test('is not named by what we write: PEFT finds the factors it expects', async () => {
    const directory = join(root, 'dense');
    await written(directory);
    expect((await configOf(directory))['target_modules']).toEqual(['query', ...whole]);
    expect((await readAdapters(directory, { specs: bert })).adapters).toEqual(drawn);
  });

  test('is passed over in what PEFT wrote, as a target and as factors', async () => {
    const directory = join(root, 'pooler');
    await written(directory);
    const config = await configOf(directory);
    const targets = ['pooler.dense', 'query', 'dense'];
    await writeFile(
      join(directory, adapterFiles.config),
      JSON.stringify({ ...config, target_modules: targets }),
    );
    const factor = (which: string, shape: readonly number[]) => ({
      [`base_model.model.pooler.dense.lora_${which}.weight`]: {
        dtype: 'float32' as const,
        shape,
        data: new Float32Array(12).fill(1),
      },
    });
    const above = { ...factor('A', [3, 4]), ...factor('B', [4, 3]) };
    await writeSafetensors(join(directory, adapterFiles.weights), { ...drawn, ...above });
    const read = await readAdapters(directory, { specs: bert });
    expect(read.lora.targets).toEqual(['query', 'dense']);
    expect(read.adapters).toEqual(drawn);
  });

  test('of a decoder there is none', () => {
    const json = { ...peft, target_modules: ['q_proj', 'pooler.dense'] };
    expect(() => loraConfigFrom(json, { specs })).toThrow(InputError);
  });
});
