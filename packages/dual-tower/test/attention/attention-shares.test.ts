import { InputError } from '@q-anchor/core';
import { attentionShares, eventShares, meanShares, type SeenToken } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

const tokens: readonly SeenToken[] = [
  { kind: 'header' },
  { kind: 'user' },
  { kind: 'summary', modality: 'bill' },
  { kind: 'marker', modality: 'bill' },
  { kind: 'event', modality: 'bill', index: 4 },
  { kind: 'event', modality: 'bill', index: 2 },
  { kind: 'marker', modality: 'bill' },
  { kind: 'prompt' },
  { kind: 'query' },
  { kind: 'userEmbedding' },
];
const weights = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const modalities = ['bill', 'spm'];

test('weights are summed by level and modality, absent ones are 0', () => {
  expect(attentionShares(weights, { tokens, modalities })).toEqual({
    header: 1,
    user: 2,
    modalities: {
      bill: { summary: 4, events: 48, markers: 72 },
      spm: { summary: 0, events: 0, markers: 0 },
    },
    prompts: 128,
    query: 256,
    self: 512,
  });
});

test('no share of prompts where there are none', () => {
  const shares = attentionShares([1, 0], {
    tokens: [{ kind: 'user' }, { kind: 'userEmbedding' }],
    modalities,
  });
  expect(shares).not.toHaveProperty('prompts');
  expect(meanShares([shares])).toEqual(shares);
});

test('the mean of shares is the shares of the mean', () => {
  const options = { tokens, modalities };
  const other = weights.toReversed();
  const mean = weights.map((weight, t) => (weight + other[t]!) / 2);
  expect(meanShares([attentionShares(weights, options), attentionShares(other, options)])).toEqual(
    attentionShares(mean, options),
  );
  expect(() => meanShares([])).toThrow(InputError);
});

test('events by share, mean over layers, the most first', () => {
  const layers = [weights, weights.map((weight) => 3 * weight)].map((row) =>
    Float32Array.from(row),
  );
  expect(eventShares({ tokens, fromUserEmbedding: layers, fromPrompts: [] })).toEqual([
    { modality: 'bill', index: 2, share: 64 },
    { modality: 'bill', index: 4, share: 32 },
  ]);
});
