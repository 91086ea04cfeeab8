import type { PrefixLayout, Slot } from './layout.js';

/**
 * The paper's order: header, user token, tokens of the present modalities, then each present
 * modality's events between its markers, newest last.
 */
export const coarseToFine: PrefixLayout = {
  name: 'coarse-to-fine',
  arrange({ headerTokens, eventCounts }) {
    const header = Array.from({ length: headerTokens }, (_, index): Slot => ({
      kind: 'header',
      index,
    }));
    const present = [...eventCounts.keys()].filter((modality) => eventCounts[modality]! > 0);
    return [
      ...header,
      { kind: 'user' },
      ...present.map((modality): Slot => ({ kind: 'modality', modality })),
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
  },
};
