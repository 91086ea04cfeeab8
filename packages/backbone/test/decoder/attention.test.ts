import { describe, expect, test } from 'vitest';

import { decoderParameters } from '@q-anchor/backbone';

import { configs, drawnIds, drawnWeights, relativeError, run } from './support/decoder-runs.js';

const dtype = 'float32';

describe.each(['qwen2', 'qwen3'] as const)('attention of %s', (name) => {
  const config = configs[name];
  const weights = drawnWeights(decoderParameters(config), { dtype });
  const ids = drawnIds(9, { config, seed: 3 });
  const changedAt = (at: number): number[] =>
    ids.map((id, t) => (t === at ? (id + 1) % config.vocabularySize : id));

  test('sees no later token', async () => {
    const original = await run({ config, weights, tokens: { ids: [ids] }, dtype });
    const changed = await run({ config, weights, tokens: { ids: [changedAt(5)] }, dtype });
    expect(changed.hidden[0]!.slice(0, 5)).toEqual(original.hidden[0]!.slice(0, 5));
    for (let t = 5; t < 9; t++) {
      expect(relativeError(changed.hidden[0]![t]!, original.hidden[0]![t]!)).toBeGreaterThan(1e-3);
    }
  });

  test.each([
    ['behind', [0, 0, 0, 0, 0, 0, -1, -1, -1], [0, 1, 2, 3, 4, 5, 6, 7, 8], 7],
    ['before', [-1, -1, -1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 2, 3, 4, 5], 1],
    ['between', [0, 0, -1, -1, -1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 2, 3, 4, 5], 3],
  ] as const)('sees no padding %s', async (_, segments, positions, padded) => {
    const layout = { segments: [segments], positions: [positions] };
    const isValid = (_state: unknown, t: number): boolean => segments[t] === 0;
    const runOn = async (own: readonly number[]) =>
      await run({ config, weights, tokens: { ids: [own], ...layout }, dtype });
    const original = await runOn(ids);
    const changed = await runOn(changedAt(padded));
    const kept = original.hidden[0]!.filter(isValid);
    expect(changed.hidden[0]!.filter(isValid)).toEqual(kept);

    const alone = await run({ config, weights, tokens: { ids: [ids.filter(isValid)] }, dtype });
    expect(relativeError(kept.flat(), alone.hidden[0]!.flat())).toBeLessThan(1e-5);
    expect(original.hidden.flat(2).every(Number.isFinite)).toBe(true);
  });

  test('has probabilities that add up to 1, none of them of what is not seen', async () => {
    const segments = [0, 0, 0, 1, 1, 2, 2, -1, -1];
    const positions = [0, 1, 2, 3, 4, 3, 4, 5, 6];
    const layout = { segments: [segments], positions: [positions] };
    const { attention } = await run({ config, weights, tokens: { ids: [ids], ...layout }, dtype });
    expect(attention.length).toBe(config.layers);
    for (const [probabilities] of attention) {
      expect(probabilities!.length).toBe(config.heads * 81);
      for (let row = 0; row < config.heads * 9; row++) {
        const query = row % 9;
        const shares = probabilities!.slice(row * 9, (row + 1) * 9);
        expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
        const isSeen = shares.map((_share, key) => {
          const isOwn = segments[key] === 0 || segments[key] === segments[query];
          return isOwn && segments[key]! >= 0 && positions[key]! <= positions[query]!;
        });
        expect(shares.map((share) => share > 0)).toEqual(isSeen);
      }
    }
  });

  test('keeps the sequences of a batch apart', async () => {
    const lengths = [9, 4, 1];
    const rows = lengths.map((_, b) => drawnIds(9, { config, seed: 20 + b }));
    const segments = lengths.map((length) => rows[0]!.map((_, t) => (t < length ? 0 : -1)));
    const batch = await run({ config, weights, tokens: { ids: rows, segments }, dtype });
    for (const [b, length] of lengths.entries()) {
      const tokens = { ids: [rows[b]!.slice(0, length)] };
      const alone = await run({ config, weights, tokens, dtype });
      const own = batch.hidden[b]!.slice(0, length);
      expect(relativeError(own.flat(), alone.hidden[0]!.flat())).toBeLessThan(1e-5);
    }
  });
});
