import { tokenBags } from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

test('weights are the shares of tokens', () => {
  const { tokens, weights } = tokenBags([[7, 3, 7, 7], [3], [], [9, 3]]);
  expect([...tokens.data].map(Number)).toEqual([7, 3, 9]);
  expect([...weights]).toEqual([0.75, 0.25, 0, 0, 1, 0, 0, 0, 0, 0, 0.5, 0.5]);
});

test.each([[[]], [[[], []]]])('without any token there is one empty column: %j', (texts) => {
  const { tokens, weights } = tokenBags(texts);
  expect(tokens.shape).toEqual([1]);
  expect([...weights]).toEqual(texts.map(() => 0));
});

test('the product with the embeddings is the mean embedding', () => {
  const texts = [
    [4, 1, 4],
    [0, 2, 3, 1],
    [2, 2],
  ];
  const embedding = (id: number): number => Math.sin(1 + id);
  const { tokens, weights } = tokenBags(texts);
  const ids = [...tokens.data].map(Number);
  for (const [row, text] of texts.entries()) {
    const product = ids.reduce(
      (sum, id, j) => sum + weights[row * ids.length + j]! * embedding(id),
      0,
    );
    const mean = text.reduce((sum, id) => sum + embedding(id), 0) / text.length;
    expect(product).toBeCloseTo(mean, 6);
  }
});
