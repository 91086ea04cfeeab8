import type { QueryAttention } from './query-attention.js';

/** An event's share of attention. */
export interface EventShare {
  /** Its modality. */
  readonly modality: string;
  /** Its place in the profile's list of that modality; 0 of the tabular modality. */
  readonly index: number;
  /** Its share of the attention of `<|user_emb|>`, mean over layers. */
  readonly share: number;
}

/**
 * The events of one user by how much `<|user_emb|>` attends to them, the most first.
 *
 * @param attention - of the user, for one query
 * @returns all events of the prefix; equal ones in the order of the prefix
 */
export function eventShares({ tokens, fromUserEmbedding }: QueryAttention): readonly EventShare[] {
  const shares = tokens.flatMap((token, t): EventShare[] => {
    if (token.kind !== 'event') return [];
    const sum = fromUserEmbedding.reduce((total, layer) => total + layer[t]!, 0);
    const { modality, index } = token;
    return [{ modality, index, share: sum / fromUserEmbedding.length }];
  });
  return shares.toSorted((a, b) => b.share - a.share);
}
