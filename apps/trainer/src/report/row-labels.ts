/** What a row of an evaluation is to the comparison. */
export type RowRole = 'own' | 'baseline';

interface KnownRow {
  readonly label: string;
  readonly role: RowRole;
}

/** Known rows, in the order they are shown. */
const knownRows: Readonly<Record<string, KnownRow>> = {
  promptTuned: { label: 'Prompt-tuned', role: 'own' },
  promptTunedPrototype: { label: 'Prompt-tuned, prototypes', role: 'own' },
  loraTuned: { label: 'Adapter-tuned', role: 'own' },
  loraTunedPrototype: { label: 'Adapter-tuned, prototypes', role: 'own' },
  query: { label: 'Query', role: 'own' },
  noQuery: { label: 'No query', role: 'own' },
  promptTunedBesideHand: { label: 'Prompt-tuned beside hand features', role: 'own' },
  loraTunedBesideHand: { label: 'Adapter-tuned beside hand features', role: 'own' },
  queryBesideHand: { label: 'Query beside hand features', role: 'own' },
  promptTunedSideBySide: { label: 'Prompt-tuned, all scenarios side by side', role: 'own' },
  loraTunedSideBySide: { label: 'Adapter-tuned, all scenarios side by side', role: 'own' },
  querySideBySide: { label: 'Query, all scenarios side by side', role: 'own' },
  randomEncoderBesideHand: { label: 'Random encoder beside hand features', role: 'baseline' },
  randomEncoderSideBySide: { label: 'Random encoder, side by side', role: 'baseline' },
  randomEncoder: { label: 'Random encoder', role: 'baseline' },
  handFeatures: { label: 'Hand features', role: 'baseline' },
  gradientBoostedTrees: { label: 'Boosted trees', role: 'baseline' },
  meanEvents: { label: 'Mean of events', role: 'baseline' },
  meanEventsUntrained: { label: 'Mean of events, untrained', role: 'baseline' },
  verbalisedProfile: { label: 'Profile in words', role: 'baseline' },
  contrastiveStatic: { label: 'Static contrastive', role: 'baseline' },
  nextEvent: { label: 'Next event', role: 'baseline' },
  contrastiveStaticBesideHand: {
    label: 'Static contrastive beside hand features',
    role: 'baseline',
  },
  nextEventBesideHand: { label: 'Next event beside hand features', role: 'baseline' },
};

/** The name that people read; a row that is not known keeps its own. */
export const rowLabel = (name: string): string => knownRows[name]?.label ?? name;

/** Whether a row is of the model reported on, or something to beat; unknown rows are to be beaten. */
export const rowRole = (name: string): RowRole => knownRows[name]?.role ?? 'baseline';

/** Names in the order they are shown: known ones first, the others as they come. */
export function orderedRows(names: Iterable<string>): readonly string[] {
  const order = Object.keys(knownRows);
  const place = (name: string): number => {
    const index = order.indexOf(name);
    return index === -1 ? order.length : index;
  };
  return [...new Set(names)].toSorted((a, b) => place(a) - place(b));
}
