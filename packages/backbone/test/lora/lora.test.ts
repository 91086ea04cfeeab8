import { describe, expect, test } from 'vitest';

import {
  decoderParameters,
  initialParameters,
  loraParameters,
  type LoraScale,
} from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

import {
  configs,
  drawnIds,
  drawnWeights,
  numbersOf,
  relativeError,
  run,
  tensorOf,
} from '../decoder/support/decoder-runs.js';

const all = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

describe('loraParameters', () => {
  const specs = decoderParameters(configs.qwen2);

  test('are a pair for each projection adapted, under the names PEFT gives them', () => {
    const adapters = loraParameters(specs, { rank: 3, alpha: 6, targets: ['k_proj', 'down_proj'] });
    expect(Object.keys(adapters).length).toBe(2 * 2 * configs.qwen2.layers);
    const at = (name: string) => adapters[`base_model.model.model.layers.1.${name}.weight`]?.shape;
    expect(at('self_attn.k_proj.lora_A')).toEqual([3, 20]);
    expect(at('self_attn.k_proj.lora_B')).toEqual([12, 3]);
    expect(at('mlp.down_proj.lora_A')).toEqual([3, 28]);
    expect(at('mlp.down_proj.lora_B')).toEqual([20, 3]);
  });

  test.each([
    [{ rank: 2, alpha: 2, targets: ['q_proj', 'query'] }, /LoRA targets: .*found 'query'/],
    [{ rank: 2, alpha: 2, targets: ['embed_tokens'] }, /LoRA targets: .*found 'embed_tokens'/],
    [{ rank: 0, alpha: 2, targets: ['q_proj'] }, /LoRA rank: .*found 0/],
    [{ rank: 1.5, alpha: 2, targets: ['q_proj'] }, /LoRA rank: .*found 1\.5/],
  ])('refuse %j', (lora, message) => {
    expect(() => loraParameters(specs, lora)).toThrow(message);
  });
});

describe.each(['qwen2', 'qwen3'] as const)('adapters on %s', (name) => {
  const config = configs[name];
  const specs = decoderParameters(config);
  const tokens = { ids: [drawnIds(8, { config, seed: 4 }), drawnIds(8, { config, seed: 5 })] };
  const hidden = async (options: {
    readonly weights: Readonly<Record<string, TensorData>>;
    readonly dtype: 'float32' | 'float64';
    readonly lora?: LoraScale;
  }): Promise<number[]> => (await run({ config, tokens, ...options })).hidden.flat(2);

  test('change not a bit at the start, where B is 0', async () => {
    const lora = { rank: 4, alpha: 8, targets: all };
    const dtype = 'float32';
    const weights = drawnWeights(specs, { dtype });
    const initial = initialParameters(loraParameters(specs, lora), { seed: 3 });
    const adapted = await hidden({ weights: { ...weights, ...initial }, dtype, lora });
    expect(adapted).toEqual(await hidden({ weights, dtype }));
    const a = numbersOf(initial['base_model.model.model.layers.0.mlp.up_proj.lora_A.weight']!);
    expect(Math.hypot(...a)).toBeGreaterThan(1); // so that B, too, gets a gradient
  });

  test.each([
    ['float32', all, 1e-5],
    ['float64', all, 1e-12],
    ['float32', ['v_proj', 'up_proj'], 1e-5],
  ] as const)('are the merged weights: %s, %j', async (dtype, targets, tolerance) => {
    const lora = { rank: 3, alpha: 4.5, targets };
    const weights = drawnWeights(specs, { dtype });
    const adapters = drawnWeights(
      Object.fromEntries(
        Object.entries(loraParameters(specs, lora)).map(([key, { shape }]) => [
          key,
          { shape, kind: 'matrix' as const },
        ]),
      ),
      { seed: 9, dtype },
    );
    const merged = { ...weights };
    for (const [key, weight] of Object.entries(weights)) {
      const projection = `base_model.model.${key.replace(/\.weight$/, '')}`;
      const a = adapters[`${projection}.lora_A.weight`];
      const b = adapters[`${projection}.lora_B.weight`];
      if (a && b) merged[key] = mergedWeight(weight, { a, b, scale: lora.alpha / lora.rank });
    }
    const adapted = await hidden({ weights: { ...weights, ...adapters }, dtype, lora });
    expect(relativeError(adapted, await hidden({ weights: merged, dtype }))).toBeLessThan(
      tolerance,
    );
    expect(relativeError(adapted, await hidden({ weights, dtype }))).toBeGreaterThan(1e-2);
  });
});

/** `W + scale B A`. */
function mergedWeight(
  weight: TensorData,
  { a, b, scale }: { readonly a: TensorData; readonly b: TensorData; readonly scale: number },
): TensorData {
  const [rank, inputs] = a.shape as readonly [number, number];
  const [values, factorA, factorB] = [weight, a, b].map(numbersOf);
  const sums = values!.map((value, at) => {
    const [row, column] = [Math.floor(at / inputs), at % inputs];
    let update = 0;
    for (let r = 0; r < rank; r++)
      update += factorB![row * rank + r]! * factorA![r * inputs + column]!;
    return value + scale * update;
  });
  return tensorOf(weight.dtype, [weight.shape, sums]);
}
