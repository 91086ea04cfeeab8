import {
  dualTowerParameters,
  headParameters,
  initialDualTower,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import { encoderNames, textNames, timeFeatures } from '@q-anchor/user-tokens';
import { describe, expect, test } from 'vitest';

import { config, loraConfig } from '../fixtures.js';

const deviationOf = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

describe('start values', () => {
  const wide: DualTowerConfig = { ...config, users: { ...config.users, eventWidth: 256 } };
  const initial = initialDualTower(wide, 3);
  const valuesOf = (name: string): number[] => [...initial[name]!.data].map(Number);

  test('every parameter has one, of its shape', () => {
    for (const of of [config, loraConfig]) {
      const values = initialDualTower(of, 1);
      const specs = dualTowerParameters(of);
      expect(Object.keys(values).toSorted()).toEqual(Object.keys(specs).toSorted());
      for (const [name, { shape }] of Object.entries(specs)) {
        expect(values[name]!.shape).toEqual(shape);
        expect(values[name]!.data).toHaveLength(shape.reduce((a, b) => a * b, 1));
      }
    }
  });

  test('the same seed gives the same, another seed others', () => {
    const name = 'model.layers.0.mlp.up_proj.weight';
    expect(initialDualTower(config, 1)).toEqual(initialDualTower(config, 1));
    expect(initialDualTower(config, 2)[name]).not.toEqual(initialDualTower(config, 1)[name]);
  });

  test("an event's text, age and value weigh about the same", () => {
    const text = deviationOf(valuesOf(textNames.table));
    const projected = (name: string, features: readonly number[]): number => {
      const weight = valuesOf(name);
      return deviationOf(
        Array.from({ length: 256 }, (_, row) =>
          features.reduce((sum, x, i) => sum + x * weight[row * features.length + i]!, 0),
        ),
      );
    };
    const parts = [
      text,
      text / Math.sqrt(5),
      projected(encoderNames.time('bill'), [...timeFeatures(12, 90)]),
      projected(encoderNames.value('bill'), [1, 0.5]),
    ];
    expect(Math.max(...parts) / Math.min(...parts)).toBeLessThan(4);
  });
});

test('the head: two layers with biases', () => {
  const shapes = Object.values(headParameters(config)).map((spec) => spec.shape);
  expect(shapes).toEqual([[20, 16], [20], [12, 20], [12]]);
});
