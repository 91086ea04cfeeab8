import type { LoadedModel } from '@q-anchor/dual-tower';
import { coarseToFine } from '@q-anchor/user-tokens';

import type { TunedPrompt } from '../tune/tune-prompt.js';

/** The model that prompts were tuned on: on another they mean nothing. */
export interface ModelIdentity {
  /** Digest of the whole model. */
  readonly digest: string;
  /** Name of its layout. */
  readonly layout: string;
  /** Digest of its tokenizer. */
  readonly tokenizer: string;
}

/** Scores as probabilities: `1 / (1 + e^-(slope score + intercept))` (Platt 1999). */
export interface PlattCalibration {
  /** Which calibration it is. */
  readonly method: 'platt';
  /** Factor of the score. */
  readonly slope: number;
  /** Added to it. */
  readonly intercept: number;
}

/** A scenario's artefact: all that scoring a user for it takes beside the model. */
export interface TunedScenario extends TunedPrompt {
  /** Its name. */
  readonly scenario: string;
  /** The model. */
  readonly model: ModelIdentity;
  /** The dataset it was tuned on. */
  readonly dataset: { readonly name: string; readonly digest: string };
  /** How it was tuned: settings, users, steps; for people, no code depends on it. */
  readonly training: Readonly<Record<string, number | string>>;
  /** Scores from which on a user counts as positive, by what they were chosen for. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** From scores to probabilities; none where it was not fitted. */
  readonly calibration: PlattCalibration | null;
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
