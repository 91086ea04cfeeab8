import { readFile } from 'node:fs/promises';

import { initialParameters, parameterInputs, trainTokenizer } from '@q-anchor/backbone';
import { createOnnxEngine } from '@q-anchor/backend';
import { createGraph } from '@q-anchor/graph';
import {
  collateUsers,
  userPrefix,
  userSpecialTokens,
  userTokensParameters,
} from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

test('the example of the README runs', async () => {
  const tokenizer = trainTokenizer({
    texts: ['coffee at the station', 'monthly rent'],
    vocabularySize: 300,
    specialTokens: userSpecialTokens(['bill']),
  });
  const config = {
    modalities: [{ name: 'bill', maxEvents: 250, maxTokens: 50 }],
    eventWidth: 16,
    width: 32,
    vocabularySize: tokenizer.vocabularySize,
    tabularFeatures: 0,
    windowDays: 90,
    timeFeatures: true,
    valueFeatures: true,
    userMean: 'present',
  } as const;
  const specs = {
    'model.embed_tokens.weight': { shape: [tokenizer.vocabularySize, 32], kind: 'embedding' },
    ...userTokensParameters(config),
  } as const;
  const graph = createGraph();
  const prefix = userPrefix(graph, {
    config,
    parameters: parameterInputs(graph, specs),
    textSource: 'tokens',
  });
  graph.output('prefix', prefix.embeddings);

  const rent = { timeDays: 70, text: 'monthly rent', value: 900 };
  const coffee = { timeDays: 99.3, text: 'coffee at the station', value: 3.2 };
  const users = [
    { userId: 'u1', referenceDays: 100, events: { bill: [rent, coffee] }, tabular: {} },
    { userId: 'u2', referenceDays: 100, events: { bill: [coffee] }, tabular: {} },
  ];
  await using engine = createOnnxEngine();
  await using program = await engine.compile(graph);
  const { feeds, prefixLengths } = collateUsers(users, { config, tokenizer });
  const outputs = await program.run({ ...initialParameters(specs, { seed: 1 }), ...feeds });

  expect(outputs['prefix']!.shape).toEqual([2, 6, 32]);
  expect(prefixLengths).toEqual([6, 5]);
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
