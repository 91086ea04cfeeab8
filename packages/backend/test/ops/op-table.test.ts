import { describe, expect, test } from 'vitest';

import * as graphPackage from '@q-anchor/graph';

import { elementwiseCases } from './cases/elementwise.js';
import { layerCases } from './cases/layers.js';
import { productCases } from './cases/products.js';
import { reductionCases } from './cases/reductions.js';
import { shapeCases } from './cases/shapes.js';
import { casesWithoutGradient } from './cases/without-gradient.js';
import { float32Errors, gradientErrors } from './support/check-gradients.js';

const cases = [
  ...elementwiseCases,
  ...reductionCases,
  ...shapeCases,
  ...productCases,
  ...layerCases,
];

/** Functions that are exported but are no ops. */
const notOps = [
  'adamW',
  'arrayFrom',
  'arrayOf',
  'createGraph',
  'differenceOf',
  'gradients',
  'isFloat',
  'productOf',
  'serialiseOnnx',
  'sizeOf',
  'sumOf',
  'symbolsOf',
  'warmupCosineRate',
  'withGradient',
];

test('every op that is exported is in the table', () => {
  const exported = Object.entries(graphPackage)
    .filter(([name, value]) => typeof value === 'function' && !notOps.includes(name))
    .map(([name]) => name);
  const tested = new Set([...cases, ...casesWithoutGradient].map(({ op }) => op));
  expect([...tested].toSorted()).toEqual(exported.toSorted());
  expect(Object.keys(graphPackage)).toEqual(expect.arrayContaining(notOps));
});

test('no op is in both tables', () => {
  const withGradient = new Set(cases.map(({ op }) => op));
  expect(casesWithoutGradient.filter(({ op }) => withGradient.has(op))).toEqual([]);
});

const named = cases.map((opCase) => [`${opCase.op}: ${opCase.use}`, opCase] as const);

describe('gradients equal central differences in float64', () => {
  test.each(named)('%s', async (_name, opCase) => {
    for (const [input, error] of Object.entries(await gradientErrors(opCase))) {
      expect(error, input).toBeLessThan(1e-6);
    }
  });
});

describe('float32 equals float64, values and gradients', () => {
  test.each(named)('%s', async (_name, opCase) => {
    for (const [output, error] of Object.entries(
      await float32Errors(opCase, { withGradients: true }),
    )) {
      expect(error, output).toBeLessThan(1e-5);
    }
  });
  test.each(casesWithoutGradient.map((c) => [`${c.op}: ${c.use}`, c] as const))(
    '%s',
    async (_name, opCase) => {
      for (const [output, error] of Object.entries(
        await float32Errors(opCase, { withGradients: false }),
      )) {
        expect(error, output).toBeLessThan(1e-5);
      }
    },
  );
});
