import { createOnnxEngine } from '@q-anchor/backend';
import {
  nextEventObjective,
  staticObjective,
  trainEncoder,
  type EncoderObjective,
} from '@q-anchor/baselines';
import { createRandom, type UserProfile } from '@q-anchor/core';
import {
  compileSteps,
  createEmbedder,
  memorySource,
  type PretrainProgress,
} from '@q-anchor/dual-tower';
import { rocAuc } from '@q-anchor/metrics';
import { afterAll, describe, expect, it } from 'vitest';

import { eventsOnly } from '../../src/encoders/events-only.js';
import { randomSlice } from '../../src/encoders/random-slice.js';
import { lora, madeUsers, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const { profiles, kinds } = madeUsers(2, { count: 96, events: 10 });
const examplesOf = (some: readonly UserProfile[]) =>
  some.map((profile) => ({ profile, pairs: [] }));
const settings = { batchUsers: 32, seed: 5, steps: 60, peakRate: 5e-3, warmupSteps: 5 };

async function trained(
  objective: EncoderObjective,
  options: Partial<Parameters<typeof trainEncoder>[1]> = {},
) {
  const progress: PretrainProgress[] = [];
  const model = await trainEncoder(engine, {
    objective,
    model: tinyModel(),
    source: memorySource(examplesOf(profiles)),
    settings,
    onProgress: (step) => progress.push(step),
    ...options,
  });
  return { model, losses: progress.map(({ loss }) => loss), progress };
}

/** AUC of the direction between the kinds' means, drawn on half of the users, on the others. */
function separationOf(rows: Float32Array, width: number): number {
  const score = (user: number, direction: readonly number[]): number =>
    direction.reduce((sum, x, c) => sum + x * rows[user * width + c]!, 0);
  const half = kinds.length / 2;
  const direction = Array.from({ length: width }, (_, c) => {
    let sum = 0;
    for (let user = 0; user < half; user++) {
      sum += rows[user * width + c]! * (kinds[user] === 1 ? 1 : -1);
    }
    return sum;
  });
  const tested = kinds.slice(half);
  return rocAuc({ labels: tested, scores: tested.map((_, i) => score(half + i, direction)) });
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('trainEncoder', () => {
  it.each([
    ['static', 120, 5e-3],
    ['next-event', 160, 1e-2],
  ] as const)('learns (%s), and tells kinds of users apart', async (objective, steps, peakRate) => {
    const { model, losses } = await trained(objective, {
      settings: { ...settings, steps, peakRate },
    });
    expect(losses).toHaveLength(steps);
    expect(meanOf(losses.slice(-8))).toBeLessThan(0.85 * meanOf(losses.slice(0, 3)));
    await using embedder = await createEmbedder(engine, model);
    expect(embedder.dimensions).toBe(objective === 'static' ? 8 : 16);
    const rows = await embedder.embed(profiles, ['']);
    expect(separationOf(rows, embedder.dimensions)).toBeGreaterThan(0.9);
  });

  it('gives the same bits for the same seed, others for another', async () => {
    const short = { settings: { ...settings, warmupSteps: 1, steps: 2 } };
    const [a, b] = [await trained('static', short), await trained('static', short)];
    expect(b.model.parameters).toEqual(a.model.parameters);
    const other = await trained('static', {
      settings: { ...settings, warmupSteps: 1, steps: 2, seed: 6 },
    });
    expect(other.losses).not.toEqual(a.losses);
  });

  it('reads no column of the profile', async () => {
    const { model } = await trained('static', {
      settings: { ...settings, warmupSteps: 1, steps: 1 },
    });
    expect(Object.keys(model.parameters).some((name) => name.includes('tabular'))).toBe(false);
    await using embedder = await createEmbedder(engine, model);
    const other = { ...profiles[0]!, tabular: { age: 99, city: 'elsewhere' } };
    expect(await embedder.embed([other], [''])).toEqual(await embedder.embed([profiles[0]!], ['']));
  });

  it('leaves a frozen backbone as it is, accumulating micro-batches', async () => {
    const start = tinyModel(3, { lora });
    const { model } = await trained('next-event', {
      model: start,
      settings: { ...settings, warmupSteps: 1, steps: 2, microBatches: 2, batchUsers: 16 },
    });
    const frozen = 'model.layers.0.self_attn.q_proj.weight';
    expect(model.parameters[frozen]).toEqual(start.parameters[frozen]);
    const adapter = Object.keys(start.parameters).find((name) => name.includes('lora'))!;
    expect(model.parameters[adapter]).not.toEqual(start.parameters[adapter]);
  });

  it('keeps nothing of a run that is stopped', async () => {
    const stop = new AbortController();
    const running = trained('static', {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(running).rejects.toThrow(/abort/i);
  });
});

/** Rows of length 1. */
function embeddingsOf(
  some: readonly UserProfile[],
  model: ReturnType<typeof eventsOnly>,
): Promise<Float32Array[]> {
  return (async () => {
    await using embedder = await createEmbedder(engine, model);
    const rows = await embedder.embed(some, ['']);
    return some.map((_, i) => rows.subarray(i * 8, (i + 1) * 8));
  })();
}

describe('staticObjective', () => {
  it('is the softmax over all other users’ slices, as added up from embeddings', async () => {
    const model = eventsOnly(tinyModel());
    const { config, collate, parameters } = model;
    const users = profiles.slice(0, 6);
    const options = { config, collate, cache: undefined, pairsPerUser: { future: 0, uqa: 0 } };
    const batch = await staticObjective.batch(examplesOf(users), {
      ...options,
      random: createRandom(9),
    });
    await using steps = await compileSteps(engine, {
      config,
      initial: parameters,
      losses: staticObjective.losses,
    });
    const { loss } = await steps.step([batch.feeds], { learningRate: 0, step: 1 });

    const random = createRandom(9);
    const slices = [0, 1].flatMap(() =>
      users.map((profile) => randomSlice(profile, { config: config.users, random })),
    );
    const rows = await embeddingsOf(slices, model);
    const s = (a: number, b: number): number =>
      rows[a]!.reduce((sum, x, c) => sum + x * rows[b]![c]!, 0) / config.contrastive.temperature;
    const n = users.length;
    const expected = meanOf(
      users.map((_, i) => {
        const others = users.flatMap((__, j) =>
          i === j ? [] : [s(i, n + j), s(i, j), s(n + i, j)].map((x) => Math.exp(x)),
        );
        const own = Math.exp(s(i, n + i));
        return -Math.log(own / (own + others.reduce((a, b) => a + b, 0)));
      }),
    );
    expect(loss).toBeCloseTo(expected, 4);
  });
});

describe('nextEventObjective', () => {
  it('minimises the next-token loss of events’ words alone', async () => {
    const { progress } = await trained('next-event', {
      settings: { ...settings, warmupSteps: 1, steps: 1 },
    });
    const [first] = progress;
    expect(first!.loss).toBe(first!.nextToken);
    expect(first!.contrastive).toBe(0);
    // An untrained model guesses among all tokens.
    expect(first!.loss).toBeGreaterThan(4.5);
    expect(first!.loss).toBeLessThan(8);
    expect(Object.keys(nextEventObjective)).toEqual(['losses', 'batch']);
  });
});
