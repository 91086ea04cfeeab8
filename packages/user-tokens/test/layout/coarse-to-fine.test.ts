import {
  coarseToFine,
  prefixLayouts,
  withoutModalityTokens,
  withoutSummaryTokens,
  withoutUserToken,
  type PrefixContent,
} from '@q-anchor/user-tokens';
import { describe, expect, test } from 'vitest';

/** A slot in one word. */
const words = (content: PrefixContent, layout = coarseToFine): string[] =>
  layout.arrange(content).map((slot) => {
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

describe('without summary tokens', () => {
  const content = { headerTokens: 1, eventCounts: [1, 0, 1] };
  const rest = ['start0', '0.0', 'end0', 'start2', '2.0', 'end2'];

  test.each([
    [withoutUserToken, ['modality0', 'modality2']],
    [withoutModalityTokens, ['user']],
    [withoutSummaryTokens, []],
  ] as const)('$name leaves the others in their order', (layout, summaries) => {
    expect(words(content, layout)).toEqual(['header0', ...summaries, ...rest]);
  });

  test('all are known by names of their own', () => {
    expect(prefixLayouts[0]).toBe(coarseToFine);
    expect(new Set(prefixLayouts.map(({ name }) => name)).size).toBe(4);
  });
});
