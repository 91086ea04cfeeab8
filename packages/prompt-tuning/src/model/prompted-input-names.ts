/** Names of the graph inputs that prompted questions feed; see `collatePrompted`. */
export const promptedInputNames = {
  tokens: 'prompted.tokens',
  rows: 'prompted.rows',
  segments: 'prompted.segments',
  positions: 'prompted.positions',
  embeddingIndex: 'prompted.embeddingIndex',
} as const;
