import { InputError } from '@q-anchor/core';
import { initialDualTower, type DualTowerConfig } from '@q-anchor/dual-tower';
import { adapterNames, encoderNames, modalAdapter, userAdapter } from '@q-anchor/user-tokens';
import { describe, expect, test } from 'vitest';

import { tinyDecoder } from '../support/tiny-decoder.js';
import { config } from '../fixtures.js';

const { vocabularySize } = config.users;
const matching: DualTowerConfig = {
  ...config,
  decoder: tinyDecoder(vocabularySize),
  users: { ...config.users, eventWidth: config.users.width },
  start: 'matching',
};
const { width } = config.users;

const valuesOf = (of: DualTowerConfig, name: string, seed = 1): number[] =>
  [...initialDualTower(of, seed)[name]!.data].map(Number);

const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b));

describe('start values that match', () => {
  const { heads, keyValueHeads, headSize, layers } = matching.decoder;

  test.each(Array.from({ length: layers }, (_, layer) => layer))(
    'layer %i: half the query heads are near the keys of their group',
    (layer) => {
      const at = `model.layers.${layer}.self_attn`;
      const rows = (name: string, head: number): number[] =>
        valuesOf(matching, `${at}.${name}.weight`).slice(
          head * headSize * width,
          (head + 1) * headSize * width,
        );
      const likeness = Array.from({ length: heads }, (_, head) =>
        cosine(rows('q_proj', head), rows('k_proj', Math.floor((head * keyValueHeads) / heads))),
      );
      const half = Math.ceil(heads / 2);
      expect(Math.min(...likeness.slice(0, half))).toBeGreaterThan(0.85);
      expect(Math.max(...likeness.slice(half).map(Math.abs))).toBeLessThan(0.4);
    },
  );

  test('adapters turn back what they turned', () => {
    for (const adapter of ['bill', 'spm', modalAdapter, userAdapter]) {
      const { upWeight, downWeight } = adapterNames(adapter);
      const [up, down] = [valuesOf(matching, upWeight), valuesOf(matching, downWeight)];
      for (let i = 0; i < width; i++) {
        for (let j = 0; j < width; j++) {
          let product = 0;
          for (let k = 0; k < width; k++) product += down[i * width + k]! * up[k * width + j]!;
          expect(product).toBeCloseTo(i === j ? 1 : 0, 5);
        }
      }
    }
    const { upWeight } = adapterNames('tabular');
    expect(valuesOf(matching, upWeight)).toEqual(
      valuesOf({ ...matching, start: 'random' }, upWeight),
    );
  });

  test('ages and values weigh a third; all else is as drawn', () => {
    const drawn = initialDualTower({ ...matching, start: 'random' }, 1);
    const own = initialDualTower(matching, 1);
    const changed = Object.keys(own).filter((name) => {
      const [a, b] = [own[name]!.data, drawn[name]!.data];
      return [...a].some((value, i) => value !== b[i]);
    });
    for (const modality of ['bill', 'spm']) {
      for (const name of [encoderNames.time(modality), encoderNames.value(modality)]) {
        const third = [...drawn[name]!.data].map((value) => Math.fround(0.35 * Number(value)));
        expect([...own[name]!.data]).toEqual(third);
      }
    }
    expect(changed.every((name) => /q_proj|adapters|time|value/u.test(name))).toBe(true);
  });

  test('another seed gives others', () => {
    const { upWeight } = adapterNames('bill');
    expect(valuesOf(matching, upWeight, 2)).not.toEqual(valuesOf(matching, upWeight));
  });

  test('events of another width, or a decoder that has values, are refused', () => {
    expect(() => initialDualTower({ ...config, start: 'matching' }, 1)).toThrow(InputError);
    const given = initialDualTower(matching, 1);
    expect(() => initialDualTower(matching, 1, { given })).toThrow(/whose values are drawn/u);
  });
});
