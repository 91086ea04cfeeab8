import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { createEmbedder, loadModel, saveModel } from '@q-anchor/dual-tower';
import {
  createTunedEmbedder,
  encodePrefixes,
  fitScoring,
  loadScenario,
  modelIdentity,
  saveScenario,
  scenarioScores,
  storedEmbeddings,
  tunedScenarios,
  tunePrompt,
  type PromptedQueries,
  type TunedScenario,
} from '@q-anchor/prompt-tuning';
import { afterAll, describe, expect, test } from 'vitest';

import { query, relativeError, simulatedUsers, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
const directory = await mkdtemp(join(tmpdir(), 'prompt-tuning-'));
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const modelDirectory = join(directory, 'model');
await saveModel(modelDirectory, tinyModel());
const model = await loadModel(modelDirectory);
const { profiles, labels } = simulatedUsers(1, { count: 24 });
const prefixes = await encodePrefixes(engine, { model, profiles: [profiles] });
const { tuned, steps } = await tunePrompt(engine, {
  model,
  queries: [query],
  train: { prefixes, labels },
  settings: { steps: 5, warmupSteps: 1, prototypesPerClass: 2 },
});
const scenario: TunedScenario = {
  ...tuned,
  scenario: 'takeout',
  model: modelIdentity(model),
  dataset: { name: 'world', digest: 'd1' },
  carried: [],
  training: { steps, seed: 1, balance: 'batch' },
  scoring: await (async () => {
    await using embedder = await createEmbedder(engine, model);
    const embeddings = await storedEmbeddings(embedder, { asked: tuned, prefixes });
    const costs = { falsePositive: 1, falseNegative: 0.125 };
    const users = { embeddings, labels };
    return fitScoring({ tuned, train: users, validation: users, costs });
  })(),
};
const digest = await saveScenario(modelDirectory, scenario);
const folder = join(modelDirectory, 'scenarios', 'takeout');

describe('an artefact', () => {
  test('comes back bit by bit, and embeds as before', async () => {
    const loaded = await loadScenario(modelDirectory, { scenario: 'takeout', model });
    expect(loaded).toEqual({ ...scenario, digest });
    await using embedder = await createEmbedder(engine, model);
    const cache = prefixes.batch([3, 1, 4]);
    const embedded = ({ queries, prompts }: PromptedQueries) =>
      embedder.embedCached(cache, [queries[0]!], { prompts });
    expect(await embedded(loaded)).toEqual(await embedded(tuned));
  });

  test('with isotonic calibrations, moved to another model, or without scoring, comes back', async () => {
    const { scoring } = scenario;
    const isotonic = {
      method: 'isotonic',
      scores: Float64Array.of(-1, -0, 1 / 3),
      probabilities: Float64Array.of(0, 0.1, 1),
    } as const;
    const { validation } = scoring!.prototypes;
    const outOfFold = { ...validation.outOfFold, isotonic: { logLoss: 0.1, brier: -0 } };
    const from = { ...scenario.model, digest: 'before' };
    const apart = { mean: 0.001, high: 0.01, worst: 0.02 };
    const agreement = {
      embeddings: { count: 9, mean: 1, low: 0.99, worst: 0.9 },
      prototypes: apart,
      probe: apart,
    };
    for (const [name, changed] of Object.entries({
      isotonic: {
        scoring: {
          prototypes: {
            ...scoring!.prototypes,
            calibration: isotonic,
            validation: { ...validation, outOfFold },
          },
          probe: { ...scoring!.probe, calibration: isotonic },
        },
      },
      moved: {
        carried: [
          { from, weights: 'bf16', agreement },
          { from, weights: 'int8', agreement: null },
        ],
      },
      bare: { scoring: null },
    } satisfies Record<string, Partial<TunedScenario>>)) {
      const other: TunedScenario = { ...scenario, scenario: name, ...changed };
      const own = await saveScenario(directory, other);
      const loaded = await loadScenario(directory, { scenario: name, model });
      // JSON has one zero.
      expect(JSON.stringify(loaded)).toBe(JSON.stringify({ ...loaded, ...other, digest: own }));
      expect(loaded.scoring?.prototypes.calibration).toEqual(other.scoring?.prototypes.calibration);
    }
    await rm(join(directory, 'scenarios'), { recursive: true });
  });

  test('of a model whose embeddings are hidden states has prototypes of the decoder’s width', async () => {
    const own = join(directory, 'hidden');
    await saveModel(own, tinyModel(3, { embedding: 'hidden' }));
    const hidden = await loadModel(own);
    const { tuned: made } = await tunePrompt(engine, {
      model: hidden,
      queries: [query],
      train: { prefixes, labels },
      settings: { steps: 2, warmupSteps: 1 },
    });
    expect(made.prototypes.shape).toEqual([2, 16]);
    await saveScenario(own, {
      ...scenario,
      ...made,
      model: modelIdentity(hidden),
      scoring: null,
    });
    const loaded = await loadScenario(own, { scenario: 'takeout', model: hidden });
    expect(loaded.prototypes).toEqual(made.prototypes);
    await using embedder = await createTunedEmbedder(engine, hidden);
    const some = profiles.slice(0, 3);
    const rows = await embedder.embed(some, [loaded]);
    await using plain = await createEmbedder(engine, hidden);
    const { prompts } = made;
    const expected = await plain.embedCached(await plain.encode(some), [query], { prompts });
    expect(rows).toHaveLength(3 * 16);
    expect(relativeError(rows, expected)).toBeLessThan(1e-5);
  });

  test('is two files of a few kB; the model beside it stays whole', async () => {
    expect((await readdir(folder)).toSorted()).toEqual(['prompt.safetensors', 'scenario.json']);
    const bytes = async (name: string) => (await stat(join(folder, name))).size;
    // 6 prompts of 16, and of 8 numbers each 4 prototypes, coefficients, means and scales.
    const numbers = 4 * (6 * 16 + 7 * 8);
    expect(await bytes('prompt.safetensors')).toBeGreaterThan(numbers);
    expect(await bytes('prompt.safetensors')).toBeLessThan(numbers + 600);
    expect(await bytes('scenario.json')).toBeLessThan(6000);
    expect((await loadModel(modelDirectory)).digest).toBe(model.digest);
    expect(await tunedScenarios(modelDirectory)).toEqual(['takeout']);
    expect(await tunedScenarios(directory)).toEqual([]);
  });

  test('written again, has the same digest; another replaces it whole', async () => {
    expect(await saveScenario(modelDirectory, scenario)).toBe(digest);
    const other = { ...scenario, scoring: null };
    const changed = await saveScenario(modelDirectory, other);
    expect(changed).not.toBe(digest);
    const loaded = await loadScenario(modelDirectory, { scenario: 'takeout', model });
    expect(loaded).toEqual({ ...other, digest: changed });
    await saveScenario(modelDirectory, scenario);
  });

  test('that cannot be written leaves nothing, and the old one as it was', async () => {
    const message = /prompt\.tokens/;
    const broken = { ...scenario, prompts: { ...scenario.prompts, shape: [7, 7] } };
    await expect(saveScenario(modelDirectory, broken)).rejects.toThrow(message);
    await expect(saveScenario(modelDirectory, { ...broken, scenario: 'new' })).rejects.toThrow(
      message,
    );
    expect(await readdir(join(modelDirectory, 'scenarios'))).toEqual(['takeout']);
    const loaded = await loadScenario(modelDirectory, { scenario: 'takeout', model });
    expect(loaded).toEqual({ ...scenario, digest });
  });
});

describe('refused:', () => {
  const load = (of: Parameters<typeof loadScenario>[1]['model'] = model, name = 'takeout') =>
    loadScenario(modelDirectory, { scenario: name, model: of });

  test('another model, if only by its weights', async () => {
    const otherDirectory = join(directory, 'other');
    await saveModel(otherDirectory, tinyModel(4));
    const other = await loadModel(otherDirectory);
    const running = load(other);
    await expect(running).rejects.toBeInstanceOf(InputError);
    await expect(running).rejects.toThrow(
      new RegExp(`the model it was tuned on, ${model.digest}.*${other.digest}.*Tune`, 's'),
    );
  });

  test('another layout, another tokenizer', async () => {
    const { collate } = model;
    const layout = { ...collate.layout!, name: 'timeFirst' };
    await expect(load({ ...model, collate: { ...collate, layout } })).rejects.toThrow(
      /the layout it was tuned on/,
    );
    const tokenizer = { ...collate.tokenizer, digest: 'another' };
    await expect(load({ ...model, collate: { ...collate, tokenizer } })).rejects.toThrow(
      /the tokenizer it was tuned on/,
    );
  });

  test('a scenario that was not tuned', async () => {
    await expect(load(model, 'fraud')).rejects.toThrow(/scenarios takeout.*Tune it first/s);
    await expect(load(model, '../up')).rejects.toThrow(/a name of letters/);
  });

  test.each([
    ['prompt.safetensors', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
    ['scenario.json', (bytes: Buffer) => Buffer.from(bytes.toString().replace('0.125', '0.25'))],
  ])('a changed %s', async (name, change) => {
    const path = join(folder, name);
    const whole = await readFile(path);
    await writeFile(path, change(whole));
    await expect(load()).rejects.toThrow(/digest/);
    await writeFile(path, whole);
  });

  test('another format version', async () => {
    const path = join(folder, 'scenario.json');
    const whole = await readFile(path, 'utf8');
    await writeFile(path, whole.replace('"formatVersion": 3', '"formatVersion": 1'));
    await expect(load()).rejects.toThrow(/format version 3; tune the scenario again, found 1/);
    await writeFile(path, whole);
  });

  test('the artefact of another scenario in its place', async () => {
    const other = join(modelDirectory, 'scenarios', 'fraud');
    await cp(folder, other, { recursive: true });
    await expect(load(model, 'fraud')).rejects.toThrow(/of scenario fraud, found that of takeout/);
    await rm(other, { recursive: true });
  });

  test('tensors that don’t fit the description', async () => {
    const wide = { ...model.config, head: { ...model.config.head, output: 9 } };
    await expect(load({ ...model, config: wide })).rejects.toThrow(
      /tensor prompt\.prototypes: expected float32 \[4, 9\], found float32 \[4, 8\]/,
    );
  });
});

describe('tuned embedder', async () => {
  const embedder = await createTunedEmbedder(engine, model, { batchUsers: 10 });

  test('users and scenarios in their order, from one prefix each', async () => {
    const plain = { queries: [''], prompts: tuned.prompts };
    const rows = await embedder.embed(profiles, [scenario, plain]);
    await using bare = await createEmbedder(engine, model);
    const cache = prefixes.batch([...profiles.keys()]);
    for (const [s, asked] of [scenario, plain].entries()) {
      const expected = await bare.embedCached(cache, [asked.queries[0]!], {
        prompts: asked.prompts,
      });
      const own = profiles.flatMap((_, user) => {
        const start = (user * 2 + s) * embedder.dimensions;
        return [...rows.subarray(start, start + embedder.dimensions)];
      });
      expect(relativeError(own, expected)).toBeLessThan(1e-5);
    }
  });

  test('queries by themselves beside scenarios', async () => {
    await using bare = await createEmbedder(engine, model);
    const alone = [
      await embedder.embed(profiles, [scenario]),
      await bare.embed(profiles, [query, '']),
    ];
    const rows = await embedder.embed(profiles, [query, scenario, '']);
    const { dimensions } = embedder;
    const of = (user: number, place: number): Float32Array =>
      rows.subarray((3 * user + place) * dimensions, (3 * user + place + 1) * dimensions);
    const users = [...profiles.keys()];
    expect(
      relativeError(
        users.flatMap((u) => [...of(u, 1)]),
        alone[0]!,
      ),
    ).toBeLessThan(1e-5);
    const queries = users.flatMap((user) => [...of(user, 0), ...of(user, 2)]);
    expect(relativeError(queries, alone[1]!)).toBeLessThan(1e-5);
  });

  test('prompts make a difference', async () => {
    await using bare = await createEmbedder(engine, model);
    const rows = await embedder.embed(profiles, [scenario]);
    expect(relativeError(rows, await bare.embed(profiles, [query]))).toBeGreaterThan(1e-3);
  });

  test('scores by prototypes and by probe, each scenario by its own embeddings', async () => {
    const other = { ...scenario, scenario: 'plain', queries: [''] };
    const scores = await embedder.score(profiles, [scenario, other]);
    for (const [s, own] of [scenario, other].entries()) {
      const rows = await embedder.embed(profiles, [own]);
      expect(scores[s]).toEqual(scenarioScores(rows, own));
    }
    expect(scores[0]!.probe.probabilities).toHaveLength(24);
    expect(scores[0]).not.toEqual(scores[1]);
  });

  test('no users, no scenarios', async () => {
    await expect(embedder.embed([], [scenario])).rejects.toThrow(InputError);
    await expect(embedder.embed(profiles, [])).rejects.toThrow(InputError);
  });
});
