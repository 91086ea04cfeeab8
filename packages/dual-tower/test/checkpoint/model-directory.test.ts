import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import {
  decoderParameters,
  openSafetensors,
  readAdapters,
  trainTokenizer,
  writeSafetensors,
} from '@q-anchor/backbone';
import { InputError, ShapeError } from '@q-anchor/core';
import { createEmbedder, endOfText, loadModel, saveModel } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import { prefixLayouts, userSpecialTokens } from '@q-anchor/user-tokens';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { rewriteJson } from '../support/rewrite-json.js';
import { profiles, queries, tinyModel } from './tiny-model.js';

const model = tinyModel();
let root: string;
let saved: string;
let digest: string;

beforeAll(async () => {
  root = await temporaryFolder();
  saved = join(root, 'model');
  digest = await saveModel(saved, model);
});

/** A copy of the saved model with something done to it. */
async function spoiled(name: string, change: (directory: string) => Promise<void>) {
  const directory = join(root, name);
  await cp(saved, directory, { recursive: true });
  await change(directory);
  return directory;
}

async function rewriteTensors(
  path: string,
  change: (tensors: Record<string, TensorData>) => void,
): Promise<void> {
  const tensors: Record<string, TensorData> = {};
  await using source = await openSafetensors(path);
  for (const name of source.names) tensors[name] = await source.read(name);
  change(tensors);
  await writeSafetensors(path, tensors);
}

const problemOf = async (directory: string): Promise<InputError> => {
  const error: unknown = await loadModel(directory).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!InputError.isInstance(error)) throw new Error(`no InputError but ${String(error)}`);
  return error;
};

describe('a saved model', () => {
  test('has the files of the layout, the decoder under its Hugging Face names', async () => {
    expect((await readdir(saved)).toSorted()).toEqual([
      'config.json',
      'encoder.safetensors',
      'model.safetensors',
      'q-anchor.json',
      'tokenizer.json',
    ]);
    await using decoder = await openSafetensors(join(saved, 'model.safetensors'));
    expect(decoder.names.every((name) => name.startsWith('model.'))).toBe(true);
    expect(decoder.names).toContain('model.layers.0.self_attn.q_proj.bias');
    await using encoder = await openSafetensors(join(saved, 'encoder.safetensors'));
    expect([...decoder.names, ...encoder.names].toSorted()).toEqual(
      Object.keys(model.parameters).toSorted(),
    );
    expect(await readdir(root)).toEqual(['model']);
  });

  test('names the SHA-256 of each file', async () => {
    const { digests } = JSON.parse(await readFile(join(saved, 'q-anchor.json'), 'utf8')) as {
      digests: Record<string, string>;
    };
    for (const [name, expected] of Object.entries(digests)) {
      const bytes = await readFile(join(saved, name));
      expect([name, createHash('sha256').update(bytes).digest('hex')]).toEqual([name, expected]);
    }
    expect(Object.keys(digests)).toHaveLength(4);
  });

  test('comes back whole and embeds bit-equally', async () => {
    const loaded = await loadModel(saved);
    expect(loaded.digest).toBe(digest);
    expect(loaded.config).toEqual(model.config);
    expect(loaded.parameters).toEqual(model.parameters);
    expect(loaded.collate.tabular).toEqual(model.collate.tabular);
    expect(loaded.collate.valueScales).toEqual(model.collate.valueScales);
    expect(loaded.collate.tokenizer.digest).toBe(model.collate.tokenizer.digest);
    await using engine = createOnnxEngine({ threads: 1 });
    await using before = await createEmbedder(engine, model);
    await using after = await createEmbedder(engine, loaded);
    const expected = await before.embed(profiles, queries);
    expect(await after.embed(profiles, queries)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(10);
  });

  test('keeps the ids that end an answer', async () => {
    const ending = join(root, 'ending');
    await saveModel(ending, { ...model, endIds: [7, 9] });
    expect((await loadModel(ending)).endIds).toEqual([7, 9]);
    expect((await loadModel(saved)).endIds).toBeUndefined();
    await rm(ending, { recursive: true });
  });

  test('equal models have equal digests, a changed parameter another one', async () => {
    const again = join(root, 'again');
    expect(await saveModel(again, tinyModel())).toBe(digest);
    const name = 'head.output.bias';
    const bias = model.parameters[name]!;
    const parameters = {
      ...model.parameters,
      [name]: { ...bias, data: Float32Array.from(bias.data as Float32Array, (x) => x + 1) },
    };
    expect(await saveModel(again, { ...model, parameters })).not.toBe(digest);
    expect((await loadModel(again)).parameters[name]!.data[0]).toBe(1);
    await rm(again, { recursive: true });
  });

  describe('with adapters and added tokens', () => {
    const lora = { rank: 2, alpha: 4, dropout: 0.1, targets: ['q_proj', 'down_proj'] };
    const { vocabularySize } = model.config.decoder;
    const addedTokens = { first: vocabularySize, count: 3 };
    const adapted = { ...tinyModel({ lora, addedTokens }), baseModel: 'someone/model' };
    let directory: string;
    beforeAll(async () => {
      directory = join(root, 'adapted');
      await saveModel(directory, adapted);
    });
    afterAll(() => rm(directory, { recursive: true }));

    test('comes back whole', async () => {
      const loaded = await loadModel(directory);
      expect(loaded.config).toEqual(adapted.config);
      expect(loaded.parameters).toEqual(adapted.parameters);
      expect(loaded.baseModel).toBe('someone/model');
    });

    test("has the adapters in PEFT's files, the rows beside the head, the decoder as it was", async () => {
      const specs = decoderParameters(adapted.config.decoder);
      const { lora: read, adapters } = await readAdapters(directory, { specs });
      expect(read).toEqual(lora);
      expect(Object.keys(adapters)).toHaveLength(4);
      const peft = JSON.parse(
        await readFile(join(directory, 'adapter_config.json'), 'utf8'),
      ) as object;
      const task_type = 'CAUSAL_LM';
      expect(peft).toMatchObject({ task_type, base_model_name_or_path: 'someone/model' });
      await using encoder = await openSafetensors(join(directory, 'encoder.safetensors'));
      expect(encoder.info('tokens.added.weight').shape).toEqual([3, 16]);
      await using decoder = await openSafetensors(join(directory, 'model.safetensors'));
      expect(decoder.names.toSorted()).toEqual(Object.keys(specs).toSorted());
    });

    test('a changed adapter is found out', async () => {
      const spoilt = join(root, 'spoilt');
      await cp(directory, spoilt, { recursive: true });
      const path = join(spoilt, 'adapter_config.json');
      await rewriteJson(path, (content) => (content['lora_alpha'] = 8));
      expect((await problemOf(spoilt)).message).toMatch(/adapter_config\.json.*digest/u);
      await rm(spoilt, { recursive: true });
    });
  });
});

describe('what is wrong with a model directory', () => {
  test('no directory, or a missing file', async () => {
    expect((await problemOf(join(root, 'nowhere'))).message).toContain('a model directory');
    for (const name of await readdir(saved)) {
      const directory = await spoiled(`no-${name}`, (path) => rm(join(path, name)));
      expect((await problemOf(directory)).where).toContain(name);
    }
  });

  test('another format version', async () => {
    const directory = await spoiled('version', (path) =>
      rewriteJson(join(path, 'q-anchor.json'), (content) => (content['formatVersion'] = 5)),
    );
    const { where, expected, found } = await problemOf(directory);
    expect(where).toContain("key 'formatVersion'");
    expect(`${expected} ${found}`).toBe('format version 1, 2, 3, 4 5');
  });

  test('a missing, an extra, a mis-shaped tensor', async () => {
    const encoder = 'encoder.safetensors';
    const missing = await spoiled('missing', (path) =>
      rewriteTensors(join(path, encoder), (tensors) => delete tensors['head.hidden.bias']),
    );
    expect((await problemOf(missing)).where).toContain('tensor head.hidden.bias');
    const extra = await spoiled('extra', (path) =>
      rewriteTensors(join(path, 'model.safetensors'), (tensors) => {
        tensors['lm_head.weight'] = { dtype: 'float32', shape: [1], data: new Float32Array(1) };
      }),
    );
    expect((await problemOf(extra)).where).toContain('tensor lm_head.weight');
    const shape = await spoiled('shape', (path) =>
      rewriteTensors(join(path, encoder), (tensors) => {
        tensors['head.output.bias'] = { dtype: 'float32', shape: [2], data: new Float32Array(2) };
      }),
    );
    const problem = await problemOf(shape);
    expect(`${problem.expected}, ${problem.found}`).toBe('shape [6], [2]');
  });

  test('values that were changed', async () => {
    const directory = await spoiled('values', (path) =>
      rewriteTensors(join(path, 'encoder.safetensors'), (tensors) => {
        tensors['head.output.bias']!.data[0] = 1;
      }),
    );
    expect((await problemOf(directory)).message).toMatch(/encoder\.safetensors.*digest/u);
    const described = await spoiled('described', (path) =>
      rewriteJson(join(path, 'q-anchor.json'), (content) => (content['nextTokenWeight'] = 2)),
    );
    expect((await problemOf(described)).message).toMatch(/q-anchor\.json.*digest/u);
  });

  test('a tokenizer that does not fit', async () => {
    const tokenizerOf = (vocabularySize: number, modalities: readonly string[]) =>
      trainTokenizer({
        texts: [
          'one two three one two three',
          'four five four five six seven eight nine six seven',
        ],
        vocabularySize,
        minFrequency: 1,
        specialTokens: [endOfText, ...userSpecialTokens(modalities)],
      });
    const write = (name: string, tokenizer: ReturnType<typeof tokenizerOf>) =>
      spoiled(name, (path) =>
        writeFile(join(path, 'tokenizer.json'), JSON.stringify(tokenizer.toJson())),
      );
    const names = ['bill', 'spm', 'tabular', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8'];
    const large = tokenizerOf(310, names);
    expect(large.vocabularySize).toBeGreaterThan(model.config.users.vocabularySize);
    expect((await problemOf(await write('large', large))).message).toContain('ids');
    const other = tokenizerOf(270, ['bill']);
    expect((await problemOf(await write('other', other))).found).toContain('<|spm_start|>');
  });

  test('sizes that contradict each other', async () => {
    const directory = await spoiled('sizes', (path) =>
      rewriteJson(join(path, 'q-anchor.json'), (content) => content['tabular'].columns.pop()),
    );
    expect((await problemOf(directory)).where).toContain('users.tabularFeatures');
  });
});

test.each(prefixLayouts)('the layout $name and a weight of 0 come back', async (layout) => {
  const directory = join(root, layout.name);
  const config = { ...model.config, contrastiveWeight: 0 };
  await saveModel(directory, { ...model, config, collate: { ...model.collate, layout } });
  const loaded = await loadModel(directory);
  expect(loaded.config).toEqual(config);
  expect(loaded.collate.layout).toBe(layout);
  await rm(directory, { recursive: true });
});

describe('what cannot be saved', () => {
  test('a missing or mis-shaped parameter leaves no directory', async () => {
    const directory = join(root, 'unsaved');
    const { 'head.hidden.bias': _, ...parameters } = model.parameters;
    await expect(saveModel(directory, { ...model, parameters })).rejects.toSatisfy((error) =>
      InputError.isInstance(error),
    );
    const wrong: TensorData = { dtype: 'float32', shape: [1], data: new Float32Array(1) };
    await expect(
      saveModel(directory, { ...model, parameters: { ...parameters, 'head.hidden.bias': wrong } }),
    ).rejects.toSatisfy((error) => ShapeError.isInstance(error));
    expect((await readdir(root)).filter((name) => name.includes('unsaved'))).toEqual([]);
  });

  test('an unknown layout', async () => {
    const layout = { name: 'mine', arrange: () => [] };
    const collate = { ...model.collate, layout };
    await expect(saveModel(join(root, 'x'), { ...model, collate })).rejects.toThrow('layout');
  });
});
