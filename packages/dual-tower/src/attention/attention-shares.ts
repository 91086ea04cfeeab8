import { InputError } from '@q-anchor/core';

import type { SeenToken } from './query-attention.js';

/** Shares that go to one modality. */
export interface ModalityShares {
  /** To its summary token. */
  readonly summary: number;
  /** To its events, all together. */
  readonly events: number;
  /** To the markers around them. */
  readonly markers: number;
}

/** Where attention goes, by level of the sequence; all shares together are 1. */
export interface AttentionShares {
  /** To the header's tokens. */
  readonly header: number;
  /** To the user token. */
  readonly user: number;
  /** By modality, 0 where a user has none of it. */
  readonly modalities: Readonly<Record<string, ModalityShares>>;
  /** To soft prompts; only where there are any. */
  readonly prompts?: number;
  /** To the query's text. */
  readonly query: number;
  /** To `<|user_emb|>`; from there, to itself. */
  readonly self: number;
}

/**
 * Attention over single tokens, summed by level and modality.
 *
 * @param weights - by token, as a layer of `fromUserEmbedding`; to average layers, average the results
 * @param options - the tokens, and the names of all modalities
 * @returns shares whose sum is that of the weights
 */
export function attentionShares(
  weights: ArrayLike<number>,
  options: { readonly tokens: readonly SeenToken[]; readonly modalities: readonly string[] },
): AttentionShares {
  const { tokens } = options;
  const sums = { header: 0, user: 0, prompt: 0, query: 0, userEmbedding: 0 };
  const modalities = Object.fromEntries(
    options.modalities.map((name) => [name, { summary: 0, events: 0, markers: 0 }]),
  );
  for (const [t, token] of tokens.entries()) {
    const weight = weights[t]!;
    switch (token.kind) {
      case 'summary':
        modalities[token.modality]!.summary += weight;
        break;
      case 'event':
        modalities[token.modality]!.events += weight;
        break;
      case 'marker':
        modalities[token.modality]!.markers += weight;
        break;
      default:
        sums[token.kind] += weight;
    }
  }
  return {
    header: sums.header,
    user: sums.user,
    modalities,
    ...(tokens.some(({ kind }) => kind === 'prompt') && { prompts: sums.prompt }),
    query: sums.query,
    self: sums.userEmbedding,
  };
}

/**
 * The mean of shares: over layers, over users, over soft prompts.
 *
 * @param all - at least one, of the same modalities, with prompts or without
 * @throws {@link InputError} if there is none
 */
export function meanShares(all: readonly AttentionShares[]): AttentionShares {
  const [first] = all;
  if (!first) {
    throw new InputError({ where: 'meanShares', expected: 'at least one', found: 'none' });
  }
  const mean = (valueOf: (shares: AttentionShares) => number): number =>
    all.reduce((sum, shares) => sum + valueOf(shares), 0) / all.length;
  const modality = (name: string): ModalityShares => ({
    summary: mean((shares) => shares.modalities[name]!.summary),
    events: mean((shares) => shares.modalities[name]!.events),
    markers: mean((shares) => shares.modalities[name]!.markers),
  });
  return {
    header: mean(({ header }) => header),
    user: mean(({ user }) => user),
    modalities: Object.fromEntries(
      Object.keys(first.modalities).map((name) => [name, modality(name)]),
    ),
    ...(first.prompts !== undefined && { prompts: mean(({ prompts = 0 }) => prompts) }),
    query: mean(({ query }) => query),
    self: mean(({ self }) => self),
  };
}
