/** The five modalities of simulated events; the sixth, the profile, is a table. */
export const simulatedModalities = ['bill', 'mini', 'spm', 'search', 'app'] as const;

/** One of the simulated modalities. */
export type SimulatedModality = (typeof simulatedModalities)[number];

/** What texts call a modality; events and text tokens kept, as in the paper's release. */
export const modalitySettings: Readonly<
  Record<
    SimulatedModality,
    { readonly words: string; readonly maxEvents: number; readonly maxTokens: number }
  >
> = {
  bill: { words: 'payments', maxEvents: 250, maxTokens: 50 },
  mini: { words: 'mini-programs', maxEvents: 150, maxTokens: 17 },
  spm: { words: 'page visits', maxEvents: 150, maxTokens: 20 },
  search: { words: 'searches', maxEvents: 10, maxTokens: 12 },
  app: { words: 'apps', maxEvents: 100, maxTokens: 15 },
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
