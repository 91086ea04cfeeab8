import { parameterInputs } from '@q-anchor/backbone';
import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import { createRandom, InputError } from '@q-anchor/core';
import {
  collatePairs,
  createEmbedder,
  dualTowerLosses,
  dualTowerParameters,
  endOfText,
  initialDualTower,
  memorySource,
  pretrain,
  trainedParameters,
  type DualTowerConfig,
  type PretrainOptions,
  type TrainingExample,
} from '@q-anchor/dual-tower';
import { arrayFrom, createGraph, gradients } from '@q-anchor/graph';
import { collateUsers, userEmbeddingToken } from '@q-anchor/user-tokens';
import { afterAll, describe, expect, test } from 'vitest';

import { collate, drawnExamples, loraConfig } from '../fixtures.js';
import { bertText, configOf, givenWeights, lora, textTokenizer } from './encoders.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const collation = { ...collate, textTokenizer };
const likes = ['shoes', 'game', 'gift', 'milk', 'coffee', 'loan', 'rent', 'tram'];
/** What a user likes stands in its events. */
const learnable = likes.map((thing): TrainingExample => ({
  profile: {
    userId: thing,
    referenceDays: 100,
    events: { bill: [{ timeDays: 90, text: thing }], spm: [] },
    tabular: {},
  },
  pairs: [
    { query: 'what does the user like', answer: `the user will buy ${thing}`, source: 'uqa' },
  ],
}));

const isBase = (name: string): boolean =>
  name.startsWith('encoder.text.bert.') && !name.includes('.lora_');
const isAdapter = (name: string): boolean => /^encoder\.text\.bert\..*\.lora_[AB]\./.test(name);

async function trained(config: DualTowerConfig, changes: Partial<PretrainOptions> = {}) {
  const initial = initialDualTower(config, 1, { given: givenWeights() });
  const losses: number[] = [];
  const { state } = await pretrain({
    engine,
    config,
    initial,
    source: memorySource(learnable),
    collate: collation,
    settings: {
      steps: 60,
      batchUsers: 8,
      pairsPerUser: { future: 0, uqa: 1 },
      seed: 1,
      peakRate: 4e-3,
      warmupSteps: 3,
    },
    onProgress: ({ contrastive }) => losses.push(contrastive),
    ...changes,
  });
  return { initial, state, losses };
}

const moved = (after: Tensors, before: Tensors): ReadonlySet<string> =>
  new Set(
    Object.keys(before).filter(
      (name) =>
        after[name] !== undefined &&
        after[name].data.some((value, i) => value !== before[name]!.data[i]),
    ),
  );

describe('a frozen BERT', () => {
  test.each([
    ['one micro-batch', 1],
    ['two micro-batches', 2],
  ])('is learnt on, and stays as it is: %s', async (_, microBatches) => {
    const config = configOf(bertText());
    expect(trainedParameters(config).filter((name) => name.includes('.bert.'))).toEqual([]);
    const settings = {
      // After 60 the loss still wanders around the half, a last bit more or less; after 120 it is a fifth.
      steps: 120,
      batchUsers: 8 / microBatches,
      pairsPerUser: { future: 0, uqa: 1 },
      seed: 1,
      peakRate: 4e-3,
      warmupSteps: 3,
      microBatches,
    };
    const { state, initial, losses } = await trained(config, { settings, maxCachedTexts: 3 });
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    expect(Object.keys(state).filter((name) => name.includes('.bert.'))).toEqual([]);
    expect(moved(state, initial).has('encoder.adapters.bill.up.weight')).toBe(true);
  });

  test('needs its tokenizer', async () => {
    const failure = trained(configOf(bertText()), { collate });
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(/textTokenizer/);
  });
});

describe('a BERT with adapters', () => {
  test('is learnt by them alone', async () => {
    const config = configOf(bertText({ lora: { ...lora, dropout: 0.1 } }));
    const { state, initial, losses } = await trained(config);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    const changed = moved(state, initial);
    const names = Object.keys(initial);
    expect(names.filter((name) => isAdapter(name) && !changed.has(name))).toEqual([]);
    expect(names.filter(isAdapter)).toHaveLength(2 * 3 * 2);
    expect(names.filter((name) => isBase(name) && name in state)).toEqual([]);
    expect(names.filter((name) => isBase(name) && changed.has(name))).toEqual([]);

    // What was trained in the graph is what is embedded through the cache.
    const given = { config, parameters: { ...initial, ...state }, collate: collation };
    await using before = await createEmbedder(engine, { ...given, parameters: initial });
    await using after = await createEmbedder(engine, given);
    const users = learnable.map(({ profile }) => profile);
    const queries = ['what does the user like'];
    expect(await after.embed(users, queries)).not.toEqual(await before.embed(users, queries));
  });

  test("beside the decoder's, nothing else is trained of either", async () => {
    const config = configOf(bertText({ lora }), { lora: loraConfig.lora! });
    const names = trainedParameters(config);
    expect(names.filter((name) => name.startsWith('model.') || isBase(name))).toEqual([]);
    expect(names.filter(isAdapter)).toHaveLength(12);
    expect(names.filter((name) => name.startsWith('base_model.'))).toHaveLength(6);
    const { losses } = await trained(config);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  });

  test.each(['cls', 'mean'] as const)(
    'gets the gradient that central differences have, pooling %s',
    async (pooling) => {
      const config = configOf(bertText({ lora, pooling }));
      const examples = drawnExamples(4, 3, 2);
      const graph = createGraph();
      const parameters = parameterInputs(graph, dualTowerParameters(config), { dtype: 'float64' });
      const { total } = dualTowerLosses(graph, { config, parameters, dtype: 'float64' });
      const names = Object.keys(dualTowerParameters(config)).filter(isAdapter);
      graph.output('total', total);
      for (const [i, gradient] of gradients(total, names.map(parameters)).entries()) {
        graph.output(`gradient of ${names[i]}`, gradient);
      }
      await using program = await engine.compile(graph);
      const users = collateUsers(
        examples.map(({ profile }) => profile),
        { config: config.users, ...collation },
      );
      const pairs = collatePairs(
        examples.map((example) => example.pairs),
        {
          encode: (text) => collate.tokenizer.encode(text),
          userEmbeddingId: collate.tokenizer.specialId(userEmbeddingToken),
          endId: collate.tokenizer.specialId(endOfText),
          prefixLengths: users.prefixLengths,
        },
      );
      const random = createRandom(8);
      const drawn: Tensors = Object.fromEntries(
        Object.entries(initialDualTower(config, 2, { given: givenWeights() })).map(
          ([name, tensor]) => [
            name,
            isAdapter(name)
              ? {
                  ...tensor,
                  data: Float32Array.from(
                    { length: tensor.data.length },
                    () => 0.3 * random.normal(),
                  ),
                }
              : tensor,
          ],
        ),
      );
      const doubled = Object.fromEntries(
        Object.entries({ ...drawn, ...users.feeds, ...pairs }).map(([name, tensor]) => [
          name,
          tensor.dtype === 'float32'
            ? {
                dtype: 'float64' as const,
                shape: tensor.shape,
                data: arrayFrom('float64', Array.from(tensor.data, Number)),
              }
            : tensor,
        ]),
      );
      const slopes = await program.run(doubled);
      const lossAt = async (name: string, data: Float64Array): Promise<number> => {
        const out = await program.run({ ...doubled, [name]: { ...doubled[name]!, data } });
        return Number(out['total']!.data[0]);
      };
      for (const name of names) {
        const values = Float64Array.from(doubled[name]!.data, Number);
        const direction = values.map(() => random.normal());
        const at = (step: number) =>
          lossAt(
            name,
            values.map((value, i) => value + step * direction[i]!),
          );
        const numeric = ((await at(1e-5)) - (await at(-1e-5))) / 2e-5;
        const exact = Array.from(slopes[`gradient of ${name}`]!.data, Number).reduce(
          (sum, value, i) => sum + value * direction[i]!,
          0,
        );
        const isEqual = Math.abs(exact - numeric) < 1e-7 * (1 + Math.abs(numeric));
        expect([name, isEqual, exact === 0]).toEqual([name, true, false]);
      }
    },
  );
});

test("the language model's table is trained where the model is, and not under adapters", async () => {
  const table = 'model.embed_tokens.weight';
  const text = { kind: 'embedding-table' } as const;
  const { losses } = await trained(configOf(text));
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  const adapted = configOf(text, { lora: loraConfig.lora! });
  expect(trainedParameters(configOf(text))).toContain(table);
  expect(trainedParameters(adapted)).not.toContain(table);
  expect(trainedParameters(adapted)).toContain('encoder.text.norm.weight');
  const { losses: slower } = await trained(adapted);
  expect(slower.at(-1)!).toBeLessThan(slower[0]!);
});
