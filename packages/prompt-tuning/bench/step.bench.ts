import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, type UserProfile } from '@q-anchor/core';
import { createEmbedder, createReusedArrays } from '@q-anchor/dual-tower';
import { adaptedModel, encodePrefixes, encodeUserTokens } from '@q-anchor/prompt-tuning';
import { bench, describe } from 'vitest';

import { compileLoraSteps, initialAdapters } from '../src/lora/lora-steps.js';
import { defaultLoraTuning, loraOf } from '../src/lora/settings.js';
import { compilePromptSteps } from '../src/tune/step-program.js';
import { initialPrompts } from '../src/tune/initial-prompts.js';
import { query, tinyModel } from '../test/fixtures.js';

const random = createRandom(1);
const profiles = Array.from({ length: 64 }, (_, i): UserProfile => ({
  userId: `u${i}`,
  referenceDays: 30,
  events: {
    bill: Array.from({ length: 296 }, () => ({
      timeDays: 30 * random.uniform(),
      text: random.pick(['takeaway pizza', 'paid the rent']),
    })).toSorted((a, b) => a.timeDays - b.timeDays),
  },
  tabular: {},
}));

// The nano preset's decoder; prefixes of 300 tokens.
const tiny = tinyModel();
const model = tinyModel(3, {
  decoder: {
    ...tiny.config.decoder,
    width: 128,
    headSize: 32,
    feedForwardSize: 352,
    maxPositions: 1024,
  },
  users: {
    ...tiny.config.users,
    modalities: [{ name: 'bill', maxEvents: 300, maxTokens: 8 }],
    eventWidth: 128,
    width: 128,
  },
  head: { hidden: 256, output: 128 },
});
const engine = createOnnxEngine({ threads: 1 });
const embedder = await createEmbedder(engine, model);
const store = await encodePrefixes(engine, { model, profiles: [profiles] });
const arrays = createReusedArrays();
const labels = profiles.map((_, i) => i % 2);
const scenario = {
  queries: [query],
  classes: 2,
  temperature: 0.07,
  prototypes: {
    dtype: 'float32',
    shape: [2, 128],
    data: Float32Array.from({ length: 256 }, () => random.normal()),
  },
} as const;
const steps = await compilePromptSteps(engine, {
  ...scenario,
  model,
  prompts: await initialPrompts(engine, { model, query, promptTokens: 6, seed: 1 }),
});
const adapted = adaptedModel(model, { lora: loraOf(defaultLoraTuning) });
const tokens = await encodeUserTokens(engine, { model, profiles: [profiles] });
const loraSteps = await compileLoraSteps(engine, {
  ...scenario,
  model: adapted,
  adapters: initialAdapters(adapted, 1),
});
const weights = labels.map(() => 1 / labels.length);
const schedule = { learningRate: 1e-3, step: 1 };
const options = { time: 0, iterations: 20, warmupTime: 0, warmupIterations: 1 };

describe('a step of 64 users', () => {
  bench(
    'prefixes from the store',
    async () => {
      const prefixes = store.batch([...labels.keys()], arrays);
      await steps.step({ prefixes, labels, weights }, schedule);
    },
    options,
  );
  bench(
    'prefixes encoded again',
    async () => {
      const prefixes = await embedder.encode(profiles);
      await steps.step({ prefixes, labels, weights }, schedule);
    },
    options,
  );
  bench(
    'adapters of rank 4 instead of prompts',
    async () => {
      await loraSteps.step({ tokens, indices: [...labels.keys()], labels, weights }, schedule);
    },
    options,
  );
});
