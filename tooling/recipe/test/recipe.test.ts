import { expect, test } from 'vitest';

import { argumentsOf } from '../src/recipe.js';
import { oulad } from '../src/recipes/oulad.js';
import { yardstickText } from '../src/yardstick.js';

test('flags become command-line arguments in order', () => {
  const flags = { preset: 'nano', steps: 3, rows: ['query', 'noQuery'] };
  expect(argumentsOf(flags).join(' ')).toBe('--preset nano --steps 3 --rows query noQuery');
});

test('the distance to the yardstick is told scenario by scenario', () => {
  const evaluation = { scenarios: { fail: { rows: { query: { auc: 0.75 } } } } };
  expect(yardstickText(oulad, evaluation)).toMatch(/fail\s+0\.781\s+ours 0\.750 \(-0\.031\)/);
  expect(yardstickText(oulad, evaluation)).not.toContain('inactive');
});
