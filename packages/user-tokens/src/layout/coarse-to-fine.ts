import type { PrefixContent, PrefixLayout, Slot } from './layout.js';

/** Summary tokens that a prefix begins with. */
interface Summaries {
  readonly user: boolean;
  readonly modality: boolean;
}

function arranged(
  { headerTokens, eventCounts }: PrefixContent,
  { user, modality: modalities }: Summaries,
): readonly Slot[] {
  const header = Array.from({ length: headerTokens }, (_, index): Slot => ({
    kind: 'header',
    index,
  }));
  const present = [...eventCounts.keys()].filter((modality) => eventCounts[modality]! > 0);
  return [
    ...header,
    ...(user ? [{ kind: 'user' } as const] : []),
    ...(modalities ? present.map((modality): Slot => ({ kind: 'modality', modality })) : []),
    ...present.flatMap((modality): Slot[] => [
      { kind: 'start', modality },
      ...Array.from({ length: eventCounts[modality]! }, (_, event): Slot => ({
        kind: 'event',
        modality,
        event,
      })),
      { kind: 'end', modality },
    ]),
  ];
}

/**
 * The paper's order: header, user token, tokens of the present modalities, then each present
 * modality's events between its markers, newest last.
 */
export const coarseToFine: PrefixLayout = {
  name: 'coarse-to-fine',
  arrange: (content) => arranged(content, { user: true, modality: true }),
};

/** The same without the user token, to price it (the paper's ablation). */
export const withoutUserToken: PrefixLayout = {
  name: 'coarse-to-fine-without-user-token',
  arrange: (content) => arranged(content, { user: false, modality: true }),
};

/** The same without the modalities' tokens. */
export const withoutModalityTokens: PrefixLayout = {
  name: 'coarse-to-fine-without-modality-tokens',
  arrange: (content) => arranged(content, { user: true, modality: false }),
};

/**
 * Header and events between their markers alone. Of a user without events and profile columns nothing
 * is left but the header.
 */
export const withoutSummaryTokens: PrefixLayout = {
  name: 'coarse-to-fine-without-summary-tokens',
  arrange: (content) => arranged(content, { user: false, modality: false }),
};

/** Every layout that a model can be stored with. */
export const prefixLayouts: readonly PrefixLayout[] = [
  coarseToFine,
  withoutUserToken,
  withoutModalityTokens,
  withoutSummaryTokens,
];
