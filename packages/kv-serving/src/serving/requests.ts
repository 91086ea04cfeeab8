import type { WaitOptions } from '../schedule/scheduler.js';

/** What every request says. */
export interface UserRequest extends WaitOptions {
  /** The user's id. */
  readonly user: string;
  /**
   * What is known ends here, in days on the events' axis. Default the clock, rounded up to the next whole
   * `referenceStepDays`.
   */
  readonly referenceDays?: number;
  /** Who asks: callers take turns, and one's requests are done in order. Default the user. */
  readonly caller?: string;
}

/** A request for embeddings. */
export interface EmbedRequest extends UserRequest {
  /** Questions, at least one; an empty text asks nothing. */
  readonly queries: readonly string[];
  /** The scenario whose prompts or adapters they are asked with. None by default: the model as it is. */
  readonly scenario?: string;
}

/** A request for scores. */
export interface ScoreRequest extends UserRequest {
  /** Names of scenarios, at least one. */
  readonly scenarios: readonly string[];
}

/** Tokens of a request, by model or adapters that read the user: mostly one. */
export interface TokenUsage {
  /** Tokens of the user's prefixes. */
  readonly prefixTokens: number;
  /** Those of them whose keys and values were there already. */
  readonly cachedTokens: number;
  /** Tokens of what was asked, soft prompts and `<|user_emb|>` counted. */
  readonly queryTokens: number;
}

/** Embeddings of a user. */
export interface EmbedAnswer {
  /** `[queries, dimensions]`, rows of length 1. */
  readonly embeddings: Float32Array;
  /** The reference time it was read at. */
  readonly referenceDays: number;
  /** Tokens. */
  readonly usage: TokenUsage;
}

/** A score, and what it says. */
export interface ServedScore {
  /** Any scale: what thresholds are on. */
  readonly score: number;
  /** Calibrated, in `[0, 1]`. */
  readonly probability: number;
}

/** A user's scores for one scenario. */
export interface ServedScenarioScore {
  /** Its name. */
  readonly scenario: string;
  /** Digest of the artefact that it was scored with. */
  readonly digest: string;
  /** The tuned embedding, `[dimensions]`, length 1. */
  readonly embedding: Float32Array;
  /** By the prototypes. */
  readonly prototypes: ServedScore;
  /** By the probe. */
  readonly probe: ServedScore;
}

/** Scores of a user. */
export interface ScoreAnswer {
  /** By scenario, in the order of the request. */
  readonly scores: readonly ServedScenarioScore[];
  /** The reference time it was read at. */
  readonly referenceDays: number;
  /** Tokens. */
  readonly usage: TokenUsage;
}
