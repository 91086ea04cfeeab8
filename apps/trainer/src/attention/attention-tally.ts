import {
  attentionShares,
  meanShares,
  type AttentionShares,
  type QueryAttention,
} from '@q-anchor/dual-tower';

import { shareRecord, type ShareRecord } from './share-record.js';

/** Where the attention of many users goes. */
export interface AttentionMeans {
  /** Mean over users and layers. */
  readonly shares: ShareRecord;
  /** Mean over users, by layer. */
  readonly perLayer: readonly ShareRecord[];
  /** From soft prompts, mean over users, layers and prompts; only where there are any. */
  readonly fromPrompts?: ShareRecord;
  /** What the shares would be if every token got as much. */
  readonly even: ShareRecord;
}

/** Sums up users' attention. */
export interface AttentionTally {
  /** Adds a user. */
  add(attention: QueryAttention): void;
  /** The means over the users so far, at least one. */
  means(): AttentionMeans;
}

/**
 * An empty tally.
 *
 * @param modalities - names of all modalities
 */
export function createAttentionTally(modalities: readonly string[]): AttentionTally {
  const users: (readonly AttentionShares[])[] = [];
  const prompts: AttentionShares[] = [];
  const even: AttentionShares[] = [];
  return {
    add({ tokens, fromUserEmbedding, fromPrompts }) {
      const shares = (weights: ArrayLike<number>): AttentionShares =>
        attentionShares(weights, { tokens, modalities });
      users.push(fromUserEmbedding.map(shares));
      even.push(shares(tokens.map(() => 1 / tokens.length)));
      if (fromPrompts.length > 0) prompts.push(meanShares(fromPrompts.flat().map(shares)));
    },
    means() {
      const layers = users[0]!.map((_, layer) => meanShares(users.map((own) => own[layer]!)));
      return {
        shares: shareRecord(meanShares(layers)),
        perLayer: layers.map(shareRecord),
        ...(prompts.length > 0 && { fromPrompts: shareRecord(meanShares(prompts)) }),
        even: shareRecord(meanShares(even)),
      };
    },
  };
}
