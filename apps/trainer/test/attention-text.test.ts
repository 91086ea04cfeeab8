import { expect, test } from 'vitest';

import { attentionText } from '../src/attention/attention-text.js';

test('changes, also of a part’s share of what the prefix gets', () => {
  const means = (shares: Readonly<Record<string, number>>) => ({
    shares,
    perLayer: [shares],
    even: shares,
  });
  const text = attentionText({
    asked: { name: 'takeout', before: [{ query: 'Why?' }], after: [{ query: 'Why?' }] },
    before: means({ user: 0.1, 'bill events': 0.3, 'spm events': 0.4, question: 0.2, itself: 0 }),
    after: means({
      user: 0.05,
      'bill events': 0.25,
      'spm events': 0.1,
      prompts: 0.5,
      question: 0.1,
      itself: 0,
    }),
  });
  const rows = text.split('\n').map((line) => line.split(/ {2,}/u));
  const cellsOf = (name: string) => rows.find(([first]) => first === name)!.slice(2);
  // Of the prefix, bill has 3 in 8 before and 5 in 8 after.
  expect(cellsOf('bill events')).toEqual(['30.00 %', '25.00 %', '-16.7 %', '+66.7 %']);
  expect(cellsOf('user')).toEqual(['10.00 %', '5.00 %', '-50.0 %', '0.0 %']);
  expect(cellsOf('prompts')).toEqual(['0.00 %', '50.00 %']);
  expect(cellsOf('question')).toEqual(['20.00 %', '10.00 %', '-50.0 %']);
});
