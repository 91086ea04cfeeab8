import { expect, test } from 'vitest';

import * as graphPackage from '@q-anchor/graph';

import { elementwiseCases } from './cases/elementwise.js';
import { layerCases } from './cases/layers.js';
import { productCases } from './cases/products.js';
import { reductionCases } from './cases/reductions.js';
import { shapeCases } from './cases/shapes.js';
import { casesWithoutGradient } from './cases/without-gradient.js';
import { float32Errors, gradientErrors } from './support/check-gradients.js';
import type { OpCase } from './support/op-case.js';

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
  'isStored',
  'productOf',
  'serialiseOnnx',
  'sizeOf',
  'sumOf',
  'symbolsOf',
  'warmupCosineRate',
  'withGradient',
];

/** Ops with tests of their own, gradients included: the first draws, the others are of float32 alone. */
const elsewhere = ['dropout', 'dequantise', 'quantisedLinear'];

test('every op that is exported is in the table', () => {
  const exported = Object.entries(graphPackage)
    .filter(([name, value]) => typeof value === 'function' && !notOps.includes(name))
    .map(([name]) => name);
  const tabled = [...cases, ...casesWithoutGradient].map(({ op }) => op);
  const tested = new Set([...tabled, ...elsewhere]);
  expect([...tested].toSorted()).toEqual(exported.toSorted());
  expect(Object.keys(graphPackage)).toEqual(expect.arrayContaining(notOps));
});

test('no op is in both tables', () => {
  const withGradient = new Set(cases.map(({ op }) => op));
  expect(casesWithoutGradient.filter(({ op }) => withGradient.has(op))).toEqual([]);
});

const namesOf = (some: readonly OpCase[]) =>
  some.map((opCase) => [`${opCase.op}: ${opCase.use}`, opCase] as const);
const named = namesOf(cases);

/** The errors that are too large, by the tensor's name. */
const above = (tolerance: number, errors: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(errors).filter(([, error]) => !(error < tolerance)));

test.each(named)('gradient equals central differences in float64: %s', async (_name, opCase) => {
  expect(above(1e-6, await gradientErrors(opCase))).toEqual({});
});

test.each(named)('float32 equals float64, gradients too: %s', async (_name, opCase) => {
  expect(above(1e-5, await float32Errors(opCase, { withGradients: true }))).toEqual({});
});

test.each(namesOf(casesWithoutGradient))('float32 equals float64: %s', async (_name, opCase) => {
  expect(above(1e-5, await float32Errors(opCase, { withGradients: false }))).toEqual({});
});
