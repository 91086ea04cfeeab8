import { readFile } from 'node:fs/promises';

import { trainTokenizer } from '@q-anchor/backbone';
import { createOnnxEngine } from '@q-anchor/backend';
import {
  createEmbedder,
  defaultContrastive,
  endOfText,
  initialDualTower,
  memorySource,
  pretrain,
} from '@q-anchor/dual-tower';
import { userSpecialTokens } from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

test('the example of the README runs', async () => {
  const progress: { readonly loss: number; readonly accuracy: number }[] = [];
  const examples = ['coffee', 'tram ticket', 'shoes', 'rent'].map((text) => ({
    profile: {
      userId: text,
      referenceDays: 100,
      events: { bill: [{ timeDays: 99, text }] },
      tabular: {},
    },
    pairs: [{ query: 'What will they buy?', answer: `More ${text}.`, source: 'uqa' as const }],
  }));
  const tokenizer = trainTokenizer({
    texts: examples.flatMap(({ pairs }) => pairs.flatMap(({ query, answer }) => [query, answer])),
    vocabularySize: 300,
    specialTokens: [...userSpecialTokens(['bill']), endOfText],
  });
  const { vocabularySize } = tokenizer;
  const config = {
    decoder: {
      architecture: 'qwen2',
      vocabularySize,
      width: 32,
      layers: 1,
      heads: 4,
      keyValueHeads: 2,
      headSize: 8,
      feedForwardSize: 64,
      normEpsilon: 1e-6,
      rotaryBase: 10000,
      tiedEmbeddings: true,
      attentionBias: true,
      maxPositions: 256,
    },
    users: {
      modalities: [{ name: 'bill', maxEvents: 250, maxTokens: 50 }],
      eventWidth: 32,
      width: 32,
      vocabularySize,
      tabularFeatures: 0,
      windowDays: 90,
      timeFeatures: true,
      valueFeatures: true,
      userMean: 'present',
    },
    head: { hidden: 64, output: 16 },
    contrastive: defaultContrastive,
    nextTokenWeight: 1,
    nextTokenReduction: 'mean',
  } as const;

  await using engine = createOnnxEngine();
  const { state, isComplete } = await pretrain({
    engine,
    config,
    initial: initialDualTower(config, 1),
    source: memorySource(examples),
    collate: { tokenizer },
    settings: {
      steps: 20,
      batchUsers: 4,
      pairsPerUser: { uqa: 1, future: 1 },
      seed: 1,
      peakRate: 2e-3,
      warmupSteps: 2,
    },
    onProgress: ({ loss, accuracy }) => progress.push({ loss, accuracy }),
  });

  await using embedder = await createEmbedder(engine, {
    config,
    parameters: state,
    collate: { tokenizer },
  });
  const users = examples.map((example) => example.profile);
  const embeddings = await embedder.embed(users, ['What will they buy?', '']);

  expect(isComplete).toBe(true);
  expect(progress).toHaveLength(20);
  expect(progress.at(-1)!.loss).toBeLessThan(progress[0]!.loss);
  expect(embeddings).toHaveLength(4 * 2 * 16);
});

test('the README says what was run', async () => {
  const [readme, code] = await Promise.all(
    ['../README.md', './readme.test.ts'].map((path) =>
      readFile(new URL(path, import.meta.url), 'utf8'),
    ),
  );
  const example = /```ts\n(.*?)```/s.exec(readme!)![1]!;
  const lines = example.split('\n').map((line) => line.replace(/;?( *\/\/.*)?$/, '').trim());
  expect(lines.filter((line) => !code!.includes(line))).toEqual([]);
});
