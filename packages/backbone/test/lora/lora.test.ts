import { describe, expect, test } from 'vitest';

import {
  bertParameters,
  decoderParameters,
  initialParameters,
  loraLinear,
  loraParameters,
  mergeLora,
  parameterInputs,
  unmergeLora,
  type LoraConfig,
} from '@q-anchor/backbone';
import { InputError, ShapeError } from '@q-anchor/core';
import { createGraph, gradients, reduceSum, type TensorData } from '@q-anchor/graph';

import {
  configs,
  drawnIds,
  drawnWeights,
  engine,
  numbersOf,
  relativeError,
  run,
  tensorOf,
} from '../decoder/support/decoder-runs.js';

const all = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
const plain: LoraConfig = { rank: 3, alpha: 4.5, dropout: 0, targets: all };

describe('loraParameters', () => {
  const specs = decoderParameters(configs.qwen2);

  test('are a pair for each projection adapted, under the names PEFT gives them', () => {
    const adapters = loraParameters(specs, { ...plain, targets: ['k_proj', 'down_proj'] });
    expect(Object.keys(adapters).length).toBe(2 * 2 * configs.qwen2.layers);
    const at = (name: string) => adapters[`base_model.model.model.layers.1.${name}.weight`]?.shape;
    expect(at('self_attn.k_proj.lora_A')).toEqual([3, 20]);
    expect(at('self_attn.k_proj.lora_B')).toEqual([12, 3]);
    expect(at('mlp.down_proj.lora_A')).toEqual([3, 28]);
    expect(at('mlp.down_proj.lora_B')).toEqual([20, 3]);
    expect(new Set(Object.values(adapters).map(({ kind }) => kind))).toEqual(new Set(['matrix']));
  });

  test('a target is a whole name or its end at a dot', () => {
    const modules = (targets: readonly string[]) =>
      Object.keys(loraParameters(specs, { ...plain, targets })).flatMap((name) =>
        name.endsWith('lora_A.weight') ? [name.slice(17, -14)] : [],
      );
    expect(modules(['model.layers.1.mlp.up_proj'])).toEqual(['model.layers.1.mlp.up_proj']);
    expect(modules(['mlp.up_proj'])).toHaveLength(configs.qwen2.layers);
    expect(() => modules(['up_pro', 'q_proj'])).toThrow(InputError);
    expect(() => modules(['p_proj'])).toThrow(InputError); // not at a dot
  });

  test('a text encoder has its own', () => {
    const bert = bertParameters({
      vocabularySize: 11,
      width: 8,
      layers: 2,
      heads: 2,
      feedForwardSize: 12,
      maxPositions: 9,
      tokenTypes: 2,
      normEpsilon: 1e-12,
    });
    const names = Object.keys(
      loraParameters(bert, { ...plain, targets: ['query', 'key', 'value', 'output.dense'] }),
    );
    expect(names).toHaveLength(2 * 2 * 5);
    const at = (module: string) => `base_model.model.encoder.layer.0.${module}.lora_B.weight`;
    expect(names).toContain(at('attention.output.dense'));
    expect(names).toContain(at('output.dense'));
    expect(names).not.toContain(at('intermediate.dense'));
  });

  test('start as PEFT does: A uniform in 1 / sqrt(inputs) either way, B zero', () => {
    const wide = { a: { shape: [64, 900], kind: 'matrix', start: 'uniform' } } as const;
    const values = numbersOf(initialParameters(wide, { seed: 5 })['a']!);
    const largest = Math.max(...values.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / 30);
    expect(largest).toBeGreaterThan(0.999 / 30);
    const square = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    expect(square * 3 * 900).toBeCloseTo(1, 1);
    const start = initialParameters(loraParameters(specs, plain), { seed: 3 });
    for (const [name, { data }] of Object.entries(start)) {
      expect([name, data.some((x) => x !== 0)]).toEqual([name, name.includes('lora_A')]);
    }
  });

  test.each<[Partial<LoraConfig>, RegExp]>([
    [{ targets: ['q_proj', 'query'] }, /LoRA targets: .*found 'query'/],
    [{ targets: ['embed_tokens'] }, /LoRA targets: .*found 'embed_tokens'/],
    [{ targets: ['lm_head'] }, /LoRA targets: .*found 'lm_head'/],
    [{ targets: [] }, /LoRA targets: .*found none/],
    [{ rank: 0 }, /LoRA rank: .*found 0/],
    [{ rank: 1.5 }, /LoRA rank: .*found 1\.5/],
    [{ alpha: Number.NaN }, /LoRA alpha/],
    [{ dropout: 1 }, /LoRA dropout/],
  ])('refuse %j', (change, message) => {
    const untied = decoderParameters({ ...configs.qwen2, tiedEmbeddings: false });
    expect(() => loraParameters(untied, { ...plain, ...change })).toThrow(message);
  });
});

/** Adapters with nothing zero in them. */
const drawnAdapters = (
  specs: ReturnType<typeof decoderParameters>,
  lora: LoraConfig,
  dtype: 'float32' | 'float64',
) => drawnWeights(loraParameters(specs, lora), { seed: 9, dtype });

describe.each(['qwen2', 'qwen3'] as const)('adapters on %s', (name) => {
  const config = configs[name];
  const specs = decoderParameters(config);
  const tokens = { ids: [drawnIds(8, { config, seed: 4 }), drawnIds(8, { config, seed: 5 })] };
  const hidden = async (options: {
    readonly weights: Readonly<Record<string, TensorData>>;
    readonly dtype: 'float32' | 'float64';
    readonly lora?: LoraConfig;
  }): Promise<number[]> => (await run({ config, tokens, ...options })).hidden.flat(2);

  test('change not a bit at the start, where B is 0', async () => {
    const lora = { ...plain, rank: 4, alpha: 8 };
    const dtype = 'float32';
    const weights = drawnWeights(specs, { dtype });
    const initial = initialParameters(loraParameters(specs, lora), { seed: 3 });
    const adapted = await hidden({ weights: { ...weights, ...initial }, dtype, lora });
    expect(adapted).toEqual(await hidden({ weights, dtype }));
    const a = numbersOf(initial['base_model.model.model.layers.0.mlp.up_proj.lora_A.weight']!);
    expect(Math.hypot(...a)).toBeGreaterThan(0.5); // so that B, too, gets a gradient
  });

  test.each([
    ['float32', plain, 1e-5],
    ['float64', plain, 1e-12],
    ['float64', { ...plain, isRankStabilised: true }, 1e-12],
    ['float32', { ...plain, targets: ['v_proj', 'up_proj'] }, 1e-5],
  ] as const)('are the merged weights: %s, %j', async (dtype, lora, tolerance) => {
    const weights = drawnWeights(specs, { dtype });
    const adapters = drawnAdapters(specs, lora, dtype);
    const merged = mergeLora(weights, { adapters, lora });
    const adapted = await hidden({ weights: { ...weights, ...adapters }, dtype, lora });
    expect(relativeError(adapted, await hidden({ weights: merged, dtype }))).toBeLessThan(
      tolerance,
    );
    expect(relativeError(adapted, await hidden({ weights, dtype }))).toBeGreaterThan(1e-2);
  });
});

describe('merging', () => {
  const specs = decoderParameters(configs.qwen2);
  const lora = { ...plain, targets: ['q_proj', 'down_proj'] };
  const weights = drawnWeights(specs, { dtype: 'float32' });
  const adapters = drawnAdapters(specs, lora, 'float32');

  test('adds scale B A, by hand', () => {
    const w = tensorOf('float32', [
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ]);
    const factors = {
      'base_model.model.m.lora_A.weight': tensorOf('float32', [
        [1, 3],
        [1, 0, -1],
      ]),
      'base_model.model.m.lora_B.weight': tensorOf('float32', [
        [2, 1],
        [10, 20],
      ]),
    };
    const of = { rank: 1, alpha: 0.5, dropout: 0.1, targets: ['m'] };
    const merged = mergeLora({ 'm.weight': w }, { adapters: factors, lora: of });
    expect(numbersOf(merged['m.weight']!)).toEqual([6, 2, -2, 14, 5, -4]);
    expect(numbersOf(w)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('and taking out again gives the weights back', () => {
    const merged = mergeLora(weights, { adapters, lora });
    const back = unmergeLora(merged, { adapters, lora });
    for (const [name, weight] of Object.entries(weights)) {
      const isAdapted = /(q_proj|down_proj)\.weight$/.test(name);
      expect([name, relativeError(numbersOf(back[name]!), numbersOf(weight)) < 1e-6]).toEqual([
        name,
        true,
      ]);
      expect([name, merged[name] !== weight]).toEqual([name, isAdapted]);
    }
  });

  test('refuses adapters that do not fit', () => {
    const [first] = Object.keys(adapters);
    const { [first!]: one, ...rest } = adapters;
    expect(() => mergeLora(weights, { adapters: rest, lora })).toThrow(/both factors/);
    const stray = { ...adapters, 'base_model.model.other.lora_A.weight': one! };
    expect(() => mergeLora(weights, { adapters: stray, lora })).toThrow(/other/);
    const turned = { ...one!, shape: one!.shape.toReversed() };
    expect(() => mergeLora(weights, { adapters: { ...rest, [first!]: turned }, lora })).toThrow(
      ShapeError,
    );
    const name = 'model.layers.0.self_attn.q_proj.weight';
    const bytes = {
      ...weights[name]!,
      dtype: 'uint8' as const,
      data: new Uint8Array(weights[name]!.data.length),
    };
    expect(() => mergeLora({ ...weights, [name]: bytes }, { adapters, lora })).toThrow(/float32/);
  });
});

describe('dropout', () => {
  const rows = 200;
  const lora = { rank: 2, alpha: 2, dropout: 0.5, targets: ['m', 'n'] };
  const specs = {
    'm.weight': { shape: [3, 40], kind: 'matrix' },
    'n.weight': { shape: [3, 40], kind: 'matrix' },
  } as const;
  const all_ = { ...specs, ...loraParameters(specs, lora) };
  const ones = tensorOf('float32', [[rows, 40], Array.from({ length: rows * 40 }, () => 1)]);

  /** Output and A's gradient of two layers with weights 0 and factors 1. */
  async function ofSeed(seed: number | undefined) {
    const graph = createGraph();
    const parameters = parameterInputs(graph, all_);
    const x = graph.input('x', [rows, 40]);
    const dropoutSeed = seed === undefined ? undefined : graph.input('seed', [], 'int64');
    for (const name of ['m', 'n']) {
      const y = loraLinear(parameters, { name, x, bias: false, lora, dropoutSeed });
      const wanted = parameters(`base_model.model.${name}.lora_A.weight`);
      graph.output(`${name} y`, y);
      graph.output(`${name} gradient`, gradients(reduceSum(y), [wanted])[0]!);
    }
    await using program = await engine.compile(graph);
    const values = Object.fromEntries(
      Object.entries(all_).map(([name, { shape }]) => [
        name,
        tensorOf('float32', [
          shape,
          Array.from({ length: shape[0] * shape[1] }, () => (name.includes('lora') ? 1 : 0)),
        ]),
      ]),
    );
    const out = await program.run({
      ...values,
      x: ones,
      ...(seed !== undefined && { seed: tensorOf('int64', [[], [seed]]) }),
    });
    return Object.fromEntries(
      Object.entries(out).map(([name, tensor]) => [name, numbersOf(tensor)]),
    );
  }

  test('is of the step and the layer, keeps the mean, and reaches the gradient', async () => {
    const [one, again, other, none] = [
      await ofSeed(1),
      await ofSeed(1),
      await ofSeed(2),
      await ofSeed(undefined),
    ];
    expect(again).toEqual(one);
    expect(other['m y']).not.toEqual(one['m y']);
    expect(one['n y']).not.toEqual(one['m y']);
    // Without it, each output is rank * 40 ones.
    expect(new Set(none['m y'])).toEqual(new Set([80]));
    const mean = one['m y']!.reduce((a, b) => a + b, 0) / one['m y']!.length;
    expect(Math.abs(mean - 80)).toBeLessThan(4 * (80 / Math.sqrt(40 * rows)));
    // A's gradient counts the rows that kept a column: twice each, through 3 outputs of B = 1.
    const kept = one['m gradient']!.slice(0, 40).map((value) => value / 6);
    expect(kept.every((value) => Number.isInteger(value) && value > 60 && value < 140)).toBe(true);
    expect(kept.reduce((a, b) => a + b, 0) * 2 * 2 * 3).toBeCloseTo(
      one['m y']!.reduce((a, b) => a + b, 0),
      2,
    );
  });
});
