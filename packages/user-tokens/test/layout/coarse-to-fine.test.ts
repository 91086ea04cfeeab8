import { coarseToFine } from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

/** A slot in one word. */
const words = (content: Parameters<typeof coarseToFine.arrange>[0]): string[] =>
  coarseToFine.arrange(content).map((slot) => {
    switch (slot.kind) {
      case 'user':
        return 'user';
      case 'header':
        return `header${slot.index}`;
      case 'event':
        return `${slot.modality}.${slot.event}`;
      default:
        return `${slot.kind}${slot.modality}`;
    }
  });

test('header, user, modalities, then events between markers, oldest first', () => {
  expect(words({ headerTokens: 2, eventCounts: [2, 1] })).toEqual([
    'header0',
    'header1',
    'user',
    'modality0',
    'modality1',
    'start0',
    '0.0',
    '0.1',
    'end0',
    'start1',
    '1.0',
    'end1',
  ]);
});

test('an absent modality has neither token nor markers', () => {
  expect(words({ headerTokens: 0, eventCounts: [0, 1, 0] })).toEqual([
    'user',
    'modality1',
    'start1',
    '1.0',
    'end1',
  ]);
  expect(words({ headerTokens: 0, eventCounts: [0, 0] })).toEqual(['user']);
});
