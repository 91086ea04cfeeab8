import { readFile } from 'node:fs/promises';

import { createOnnxEngine } from '@q-anchor/backend';
import { loadModel } from '@q-anchor/dual-tower';
import { createServing } from '@q-anchor/kv-serving';
import { loadScenario } from '@q-anchor/prompt-tuning';
import { expect, test } from 'vitest';

import { writtenModel } from './support/written-model.js';

test('the example of the README runs', async () => {
  const modelDirectory = await writtenModel();

  const model = await loadModel(modelDirectory);
  const takeout = await loadScenario(modelDirectory, { scenario: 'takeout', model });
  await using engine = createOnnxEngine();
  await using serving = await createServing(engine, {
    model,
    scenarios: [takeout],
    maxCacheBytes: 2 ** 28,
    cacheTtlSeconds: 3600,
  });

  const today = Date.now() / 86_400_000;
  serving.putUser({
    userId: 'ann',
    events: { bill: [{ id: 'e1', timeDays: today - 3, text: 'paid the rent' }] },
    tabular: {},
  });
  const counts = // what the next call returns
    serving.appendEvents('ann', {
      bill: [
        { id: 'e2', timeDays: today - 5, text: 'takeaway pizza' },
        { id: 'e1', timeDays: today - 3, text: 'paid the rent' },
      ],
    });
  expect(counts).toEqual({ added: 1, duplicates: 1, outside: 0 });
  expect(serving.user('ann').events['bill']!.map(({ text }) => text)).toEqual([
    'takeaway pizza',
    'paid the rent',
  ]);

  const { embeddings } = await serving.embed({
    user: 'ann',
    queries: ['Will this user order takeaway food?', ''],
  });
  const { scores, usage } = await serving.score({
    user: 'ann',
    scenarios: ['takeout'],
    timeoutMs: 5000,
  });
  expect(scores[0]!.probe.probability).toBeGreaterThan(0);
  expect(scores[0]!.probe.probability).toBeLessThan(1);
  expect(embeddings).toHaveLength(2 * serving.dimensions);
  // Unless the day ended in between.
  expect([0, usage.prefixTokens]).toContain(usage.cachedTokens);
});

test('the README says what was run', async () => {
  const [readme, code] = await Promise.all(
    ['../README.md', './readme.test.ts'].map((path) =>
      readFile(new URL(path, import.meta.url), 'utf8'),
    ),
  );
  const example = /```ts\n(.*?)```/s.exec(readme!)![1]!;
  const lines = example.split('\n').map((line) => line.replace(/[;,]?( *\/\/.*)?$/, '').trim());
  expect(lines.filter((line) => !code!.includes(line))).toEqual([]);
});

test('bytes of a real shape are what the README says', () => {
  const [layers, groups, size, tokens] = [24, 2, 64, 717];
  const numbers = 2 * layers * groups * size;
  expect([4, 2, 1].map((bytes) => ((numbers * bytes) / 1000).toFixed(1))).toEqual([
    '24.6',
    '12.3',
    '6.1',
  ]);
  const whole = [4, 2, 1].map((bytes) => tokens * (numbers * bytes + 16));
  whole[2]! += 16 * layers * groups * size;
  expect(whole.map((bytes) => (bytes / 1e6).toFixed(1))).toEqual(['17.6', '8.8', '4.5']);
});
