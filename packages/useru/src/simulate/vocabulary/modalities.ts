/** The five modalities of simulated events; the sixth, the profile, is a table. */
export const simulatedModalities = ['bill', 'mini', 'spm', 'search', 'app'] as const;

/** One of the simulated modalities. */
export type SimulatedModality = (typeof simulatedModalities)[number];

/** Events and text tokens kept, as in the paper's release. */
export const modalityCaps: Readonly<
  Record<SimulatedModality, { readonly maxEvents: number; readonly maxTokens: number }>
> = {
  bill: { maxEvents: 250, maxTokens: 50 },
  mini: { maxEvents: 150, maxTokens: 17 },
  spm: { maxEvents: 150, maxTokens: 20 },
  search: { maxEvents: 10, maxTokens: 12 },
  app: { maxEvents: 100, maxTokens: 15 },
};

/** Something for each modality. */
export const byModality = <T>(
  valueOf: (modality: SimulatedModality) => T,
): Record<SimulatedModality, T> => ({
  bill: valueOf('bill'),
  mini: valueOf('mini'),
  spm: valueOf('spm'),
  search: valueOf('search'),
  app: valueOf('app'),
});
