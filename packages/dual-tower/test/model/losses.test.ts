import { createOnnxEngine } from '@q-anchor/backend';
import type { DualTowerConfig } from '@q-anchor/dual-tower';
import { afterAll, describe, expect, test } from 'vitest';

import { config, createLossRunner, drawnExamples, type Outcome } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const examples = drawnExamples(5, 4);
const outcomeOf = async (weights: Partial<DualTowerConfig>): Promise<Outcome> =>
  (await createLossRunner(engine, { of: { ...config, ...weights } }))(examples);

describe('the weights of the two losses', () => {
  test('are 1 for the contrastive one by default', async () => {
    const plain = await outcomeOf({ nextTokenWeight: 0.5 });
    expect(plain.total).toBeCloseTo(plain.contrastive + 0.5 * plain.nextToken, 5);
    expect(await outcomeOf({ nextTokenWeight: 0.5, contrastiveWeight: 1 })).toEqual(plain);
  });

  test('scale what is minimised, not what is shown', async () => {
    const plain = await outcomeOf({});
    const scaled = await outcomeOf({ contrastiveWeight: 0.25, nextTokenWeight: 3 });
    expect(scaled.contrastive).toBe(plain.contrastive);
    expect(scaled.total).toBeCloseTo(0.25 * plain.contrastive + 3 * plain.nextToken, 4);
  });

  test('of 0 leave a part without any gradient: of the head, of the output layer', async () => {
    const zero = (values: readonly number[] | undefined): boolean =>
      values!.every((value) => value === 0);
    const answersOnly = await outcomeOf({ contrastiveWeight: 0 });
    expect(answersOnly.total).toBeCloseTo(config.nextTokenWeight * answersOnly.nextToken, 5);
    expect(zero(answersOnly.gradients['head.hidden.weight'])).toBe(true);
    const embeddingsOnly = await outcomeOf({ nextTokenWeight: 0 });
    expect(embeddingsOnly.total).toBe(embeddingsOnly.contrastive);
    expect(zero(embeddingsOnly.gradients['head.hidden.weight'])).toBe(false);
  });
});
