import type { AttentionShares } from '@q-anchor/dual-tower';

/** Shares by what is looked at, in words, in the order in which they are shown; all together are 1. */
export type ShareRecord = Readonly<Record<string, number>>;

/** Shares as one list: the levels of a sequence, each modality's summary token, events and markers. */
export function shareRecord(shares: AttentionShares): ShareRecord {
  const { header, user, modalities, prompts, query, self } = shares;
  return {
    // Most models have no header.
    ...(header > 0 && { header }),
    user,
    ...Object.fromEntries(
      Object.entries(modalities).flatMap(([name, { summary, events, markers }]) => [
        [`${name} summary`, summary],
        [`${name} events`, events],
        [`${name} markers`, markers],
      ]),
    ),
    ...(prompts !== undefined && { prompts }),
    question: query,
    itself: self,
  };
}
