import { apps } from './apps.js';
import { textsOf, type ActionKind } from './interest-action.js';
import type { Interest } from './interests.js';
import { merchants } from './merchants.js';
import { miniPrograms } from './mini-programs.js';
import { byModality, type SimulatedModality } from './modalities.js';
import { pages } from './pages.js';
import { searches } from './searches.js';

/** A kind of event with its texts. */
export interface InterestAction {
  readonly interest: Interest;
  readonly category: string;
  readonly texts: readonly string[];
  readonly price: number | undefined;
  readonly weight: number;
}

const kinds: Readonly<Record<SimulatedModality, readonly ActionKind[]>> = {
  bill: merchants,
  mini: miniPrograms,
  spm: pages,
  search: searches,
  app: apps,
};

/** What interests lead to, by modality. */
export const interestActions = byModality((modality): readonly InterestAction[] =>
  kinds[modality].map((kind) => ({
    interest: kind.interest,
    category: kind.category,
    texts: textsOf(kind, { isBare: modality === 'search' }),
    price: kind.price,
    weight: kind.weight ?? 1,
  })),
);
