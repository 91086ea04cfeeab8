import { trainTokenizer } from '@q-anchor/backbone';
import { createRandom } from '@q-anchor/core';
import { createTextStream, endOfText } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

// Few merges: characters beyond ASCII stay in pieces.
const tokenizer = trainTokenizer({
  texts: ['the user will buy coffee'],
  vocabularySize: 270,
  specialTokens: [endOfText],
});
const decode = (ids: readonly number[]): string => tokenizer.decode(ids);

const piecesOf = (ids: readonly number[]): { pieces: string[]; text: string } => {
  const stream = createTextStream(decode);
  return { pieces: ids.map((id) => stream.push(id)), text: stream.text };
};

test.each([
  'plain words',
  '用户会买咖啡。',
  'ça coûte 3 €',
  'two 👍🏽 and 👩‍👩‍👧 in one',
  '字🙂a\u0301字',
])('%s comes in whole characters', (text) => {
  const ids = tokenizer.encode(text);
  const { pieces, text: whole } = piecesOf(ids);
  expect(pieces.join('')).toBe(text);
  expect(whole).toBe(text);
  for (const piece of pieces) expect(piece).not.toContain('\uFFFD');
  expect(pieces.length).toBe(ids.length);
});

test('a character of three bytes comes with its third token', () => {
  const ids = tokenizer.encode('字');
  expect(ids.length).toBe(3);
  expect(piecesOf(ids).pieces).toEqual(['', '', '字']);
});

test('a character that is cut off never comes', () => {
  const ids = tokenizer.encode('ok 🙂');
  expect(piecesOf(ids.slice(0, -1)).text).toBe('ok ');
});

test('bytes that are no text come as replacement characters, as in one piece', () => {
  const random = createRandom(2);
  const plain = Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0; i < 200; i++) {
    const ids = Array.from({ length: 1 + random.integer(12) }, () => random.pick(plain));
    const { pieces, text } = piecesOf(ids);
    const whole = decode(ids);
    expect(pieces.join('')).toBe(text);
    expect([text, `${text}\uFFFD`]).toContain(whole);
  }
});
