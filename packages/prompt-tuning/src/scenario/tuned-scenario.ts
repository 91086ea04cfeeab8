import type { LoadedModel } from '@q-anchor/dual-tower';
import { coarseToFine } from '@q-anchor/user-tokens';

import type { ScenarioScoring } from '../scoring/scenario-scoring.js';
import type { TunedPrompt } from '../tune/tune-prompt.js';
import type { ScenarioAgreement } from './scenario-agreement.js';

/** The model that prompts were tuned on, or measured on: on another they mean nothing. */
export interface ModelIdentity {
  /** Digest of the whole model. */
  readonly digest: string;
  /** Name of its layout. */
  readonly layout: string;
  /** Digest of its tokenizer. */
  readonly tokenizer: string;
}

/** One move of an artefact to a changed copy of its model: other precision, adapters merged. */
export interface CarriedScenario {
  /** The model that it was for before. */
  readonly from: ModelIdentity;
  /** Precision of the copy's weights. */
  readonly weights: string;
  /** How near the copy's scores came on a sample of users; null where nobody looked. */
  readonly agreement: ScenarioAgreement | null;
}

/** A scenario's artefact: all that scoring a user for it takes beside the model. */
export interface TunedScenario extends TunedPrompt {
  /** Its name. */
  readonly scenario: string;
  /** The model it is for. */
  readonly model: ModelIdentity;
  /** The moves from the model that it was tuned on to this one, the first first; mostly none. */
  readonly carried: readonly CarriedScenario[];
  /** The dataset it was tuned on. */
  readonly dataset: { readonly name: string; readonly digest: string };
  /** How it was tuned: settings, users, steps; for people, no code depends on it. */
  readonly training: Readonly<Record<string, number | string>>;
  /** From embeddings to decisions, see `fitScoring`; null where it was not fitted. */
  readonly scoring: ScenarioScoring | null;
}

/** What an artefact says of its model. */
export const modelIdentity = ({
  digest,
  collate: { layout = coarseToFine, tokenizer },
}: Pick<LoadedModel, 'digest' | 'collate'>): ModelIdentity => ({
  digest,
  layout: layout.name,
  tokenizer: tokenizer.digest,
});
