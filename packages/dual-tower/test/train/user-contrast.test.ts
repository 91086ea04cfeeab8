import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, type UserProfile } from '@q-anchor/core';
import {
  compileSteps,
  createEmbedder,
  dualTowerObjective,
  memorySource,
  pretrain,
  randomSlice,
  type DualTowerConfig,
  type PretrainProgress,
} from '@q-anchor/dual-tower';
import { afterAll, expect, test } from 'vitest';

import { collate, config as twoLayers, drawnExamples, drawnParameters } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

// One layer compiles in half the time.
const plain: DualTowerConfig = { ...twoLayers, decoder: { ...twoLayers.decoder, layers: 1 } };
const weighted: DualTowerConfig = { ...plain, userContrastWeight: 0.3 };
const examples = drawnExamples(41, 5);
const parameters = drawnParameters(plain);
const random = () => createRandom(3);

/** What a step reports of the examples, and what it read. */
async function stepOf(config: DualTowerConfig) {
  const batch = await dualTowerObjective.batch(examples, {
    config,
    collate,
    cache: undefined,
    pairsPerUser: { future: 1, uqa: 1 },
    random: random(),
  });
  await using steps = await compileSteps(engine, {
    config,
    initial: parameters,
    losses: dualTowerObjective.losses,
  });
  return { batch, report: await steps.step([batch.feeds], { learningRate: 0, step: 1 }) };
}

/** Embeddings before the head, of length 1, of users asked nothing. */
async function statesOf(profiles: readonly UserProfile[]): Promise<readonly Float32Array[]> {
  const config: DualTowerConfig = { ...plain, embedding: 'hidden' };
  await using embedder = await createEmbedder(engine, { config, collate, parameters });
  const rows = await embedder.embed(profiles, ['']);
  const { dimensions } = embedder;
  return profiles.map((_, i) => rows.subarray(i * dimensions, (i + 1) * dimensions));
}

test('it is added by its weight, the softmax over all other users’ slices before the head', async () => {
  const { report: without, batch: alone } = await stepOf(plain);
  const { report, batch } = await stepOf(weighted);
  expect(without).not.toHaveProperty('userContrast');
  const { contrastive, nextToken, accuracy } = without;
  expect(report).toMatchObject({ accuracy });
  expect(report.contrastive).toBeCloseTo(contrastive, 5);
  expect(report.nextToken).toBeCloseTo(nextToken, 5);
  expect(report.loss).toBeCloseTo(without.loss + 0.3 * report.userContrast!, 4);
  expect(batch.pairs).toBe(alone.pairs);
  expect(batch.tokens).toBeGreaterThan(alone.tokens);

  const draws = random().fork('slices');
  const slices = [0, 1].flatMap(() =>
    examples.map(({ profile }) => randomSlice(profile, { config: plain.users, random: draws })),
  );
  const states = await statesOf(slices);
  const s = (a: number, b: number): number =>
    states[a]!.reduce((sum, x, c) => sum + x * states[b]![c]!, 0) / plain.contrastive.temperature;
  const n = examples.length;
  const losses = examples.map((_, i) => {
    const own = Math.exp(s(i, n + i));
    const others = examples.flatMap((__, j) =>
      i === j ? [] : [s(i, n + j), s(i, j), s(n + i, j)].map((x) => Math.exp(x)),
    );
    return -Math.log(own / (own + others.reduce((a, b) => a + b, 0)));
  });
  expect(report.userContrast).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / n, 4);
});

test('training tells users apart by it, without it hardly', async () => {
  const likes = ['shoes', 'game', 'gift', 'milk', 'coffee', 'loan', 'rent', 'tram'];
  // One question, one answer: the answers say nothing of users.
  const alike = likes.map((thing) => ({
    profile: {
      userId: thing,
      referenceDays: 100,
      events: {
        bill: [80, 84, 88, 92].map((timeDays) => ({ timeDays, text: thing })),
        spm: [],
      },
      tabular: {},
    },
    pairs: [
      { query: 'what does the user like', answer: 'the user will buy', source: 'uqa' as const },
    ],
  }));
  const trained = async (config: DualTowerConfig): Promise<readonly PretrainProgress[]> => {
    const seen: PretrainProgress[] = [];
    await pretrain({
      engine,
      config,
      initial: drawnParameters(config),
      source: memorySource(alike),
      collate,
      settings: {
        steps: 40,
        batchUsers: 8,
        pairsPerUser: { future: 0, uqa: 1 },
        seed: 1,
        peakRate: 5e-3,
        warmupSteps: 4,
      },
      onProgress: (progress) => seen.push(progress),
    });
    return seen;
  };
  const contrasts = (await trained({ ...weighted, userContrastWeight: 1 })).map(
    ({ userContrast }) => userContrast!,
  );
  expect(contrasts.at(-1)).toBeLessThan(0.3 * contrasts[0]!);
  const tiny = (await trained({ ...weighted, userContrastWeight: 1e-9 })).map(
    ({ userContrast }) => userContrast!,
  );
  expect(tiny.at(-1)).toBeGreaterThan(0.7 * tiny[0]!);
});
