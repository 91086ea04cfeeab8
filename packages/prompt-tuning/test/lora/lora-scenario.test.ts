import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { decoderParameters, readAdapters } from '@q-anchor/backbone';
import { createOnnxEngine } from '@q-anchor/backend';
import { loadModel, saveModel } from '@q-anchor/dual-tower';
import {
  createTunedEmbedder,
  encodeUserTokens,
  fitScoring,
  loadScenario,
  modelIdentity,
  saveScenario,
  tuneLora,
  type TunedScenario,
} from '@q-anchor/prompt-tuning';
import { afterAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { query, simulatedUsers, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const modelDirectory = join(await temporaryFolder(), 'model');
await saveModel(modelDirectory, tinyModel());
const model = await loadModel(modelDirectory);
const { profiles, labels } = simulatedUsers(1, { count: 24 });
const { tuned, steps } = await tuneLora(engine, {
  model,
  queries: [query],
  train: { tokens: await encodeUserTokens(engine, { model, profiles: [profiles] }), labels },
  settings: { steps: 5, warmupSteps: 1, peakRate: 0.02, targets: ['q_proj', 'mlp.down_proj'] },
});
const embedder = await createTunedEmbedder(engine, model);
afterAll(() => embedder[Symbol.asyncDispose]());
const embeddings = await embedder.embed(profiles, [tuned]);
const users = { embeddings, labels };
const scenario: TunedScenario = {
  ...tuned,
  scenario: 'takeout',
  model: modelIdentity(model),
  dataset: { name: 'world', digest: 'd1' },
  carried: [],
  training: { steps },
  scoring: fitScoring({ tuned, train: users, validation: users }),
};
const digest = await saveScenario(modelDirectory, scenario);
const folder = join(modelDirectory, 'scenarios', 'takeout');

describe('an artefact of adapters', () => {
  test('comes back bit by bit, and embeds and scores as before', async () => {
    const loaded = await loadScenario(modelDirectory, { scenario: 'takeout', model });
    expect(loaded).toEqual({ ...scenario, digest });
    expect(await embedder.embed(profiles, [loaded])).toEqual(embeddings);
    const [again] = await embedder.score(profiles, [loaded]);
    const [scores] = await embedder.score(profiles, [scenario]);
    expect(again).toEqual(scores);
  });

  test('holds them in the form of PEFT, and says that it needs a prefix of its own', async () => {
    const files = ['adapter_config.json', 'adapter_model.safetensors'];
    expect((await readdir(folder)).toSorted()).toEqual([
      ...files,
      'prompt.safetensors',
      'scenario.json',
    ]);
    const read = await readAdapters(folder, { specs: decoderParameters(model.config.decoder) });
    expect(read).toEqual(tuned.adapters);
    const config = JSON.parse(await readFile(join(folder, files[0]!), 'utf8'));
    expect(config).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 8 });
    const description = JSON.parse(await readFile(join(folder, 'scenario.json'), 'utf8'));
    expect(description).toMatchObject({ method: 'lora', prefix: 'own', promptTokens: 0 });
  });

  test.each(['adapter_config.json', 'adapter_model.safetensors'])(
    'without or with another %s is refused',
    async (name) => {
      const other = join(modelDirectory, 'scenarios', 'other');
      const loadedOther = async () => {
        await cp(other, folder, { recursive: true });
        return loadScenario(modelDirectory, { scenario: 'takeout', model });
      };
      await cp(folder, other, { recursive: true });
      const bytes = await readFile(join(folder, name));
      await writeFile(join(folder, name), Buffer.concat([bytes, Buffer.from(' ')]));
      const load = () => loadScenario(modelDirectory, { scenario: 'takeout', model });
      await expect(load()).rejects.toThrow(/mixed up/);
      await rm(join(folder, name));
      await expect(load()).rejects.toThrow(/readable file/);
      await expect(loadedOther()).resolves.toMatchObject({ digest });
      await rm(other, { recursive: true });
    },
  );

  test('on another model is refused', async () => {
    const other = { ...model, digest: 'other' };
    await expect(
      loadScenario(modelDirectory, { scenario: 'takeout', model: other }),
    ).rejects.toThrow(/the model it was tuned on/);
  });
});
